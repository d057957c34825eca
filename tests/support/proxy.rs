//! The way between a client and its server, on which anything may happen: cut, cut at the Nth byte, stalled one way, a
//! trickle, half-open.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// A direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// From the client to the server.
    Up,
    /// From the server to the client.
    Down,
}

/// How bytes go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// As they come.
    Free,
    /// A few at a time.
    Trickle,
}

/// At most so many bytes at a time, and so often, in a trickle: some 7,000 bytes a second.
const DROPS: usize = 7;
const DROP_EVERY: Duration = Duration::from_millis(1);

/// A client that is connected says enough for a planned cut within this time.
const CUT_WITHIN: Duration = Duration::from_secs(30);

/// No cut is planned.
const NEVER: i64 = i64::MAX;

/// A proxy on a port of its own. It ends when this is dropped.
#[derive(Debug)]
pub struct Proxy {
    pub address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    up: Lane,
    down: Lane,
    /// Counts cuts: a connection lives until the number changes.
    cuts: watch::Sender<u64>,
    connections: Mutex<u64>,
}

#[derive(Debug)]
struct Lane {
    flow: watch::Sender<Flow>,
    /// Nothing goes on connections up to this number.
    frozen: watch::Sender<u64>,
    /// So many bytes until the cut.
    left: AtomicI64,
}

impl Lane {
    fn new() -> Self {
        let (flow, frozen) = (watch::Sender::new(Flow::Free), watch::Sender::new(0));
        Self { flow, frozen, left: AtomicI64::new(NEVER) }
    }
}

impl Proxy {
    /// A way to this server.
    pub async fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            up: Lane::new(),
            down: Lane::new(),
            cuts: watch::Sender::new(0),
            connections: Mutex::new(0),
        });
        tokio::spawn(accept(listener, server, Arc::clone(&shared)));
        Self { address, shared }
    }

    /// Ends every connection.
    pub fn cut(&self) {
        self.shared.cut();
    }

    /// Ends every connection when so many more bytes have gone this way, the last of them included; once.
    pub fn cut_after(&self, way: Way, bytes: u64) {
        self.lane(way).left.store(i64::try_from(bytes).unwrap(), Ordering::SeqCst);
    }

    /// Whether a planned cut is still to come; it is not any more after this.
    pub fn cut_is_due(&self, way: Way) -> bool {
        self.lane(way).left.swap(NEVER, Ordering::SeqCst) < NEVER / 2
    }

    /// Waits until a planned cut has come.
    pub async fn cut_comes(&self, way: Way) {
        let mut cuts = self.shared.cuts.subscribe();
        let come = cuts.wait_for(|_| self.lane(way).left.load(Ordering::SeqCst) >= NEVER / 2);
        let _ = tokio::time::timeout(CUT_WITHIN, come).await.expect("the planned cut comes");
    }

    /// How bytes go this way from now on, on every connection.
    pub fn flow(&self, way: Way, flow: Flow) {
        self.lane(way).flow.send_replace(flow);
    }

    /// Nothing goes any more on the connections that there are, and neither end is told. New ones are free.
    pub fn freeze(&self) {
        self.stall(Way::Up);
        self.stall(Way::Down);
    }

    /// The same in one direction only.
    pub fn stall(&self, way: Way) {
        self.lane(way).frozen.send_replace(self.connections());
    }

    /// How many connections there were.
    pub fn connections(&self) -> u64 {
        *self.shared.connections.lock().unwrap()
    }

    fn lane(&self, way: Way) -> &Lane {
        self.shared.lane(way)
    }
}

impl Shared {
    fn lane(&self, way: Way) -> &Lane {
        match way {
            Way::Up => &self.up,
            Way::Down => &self.down,
        }
    }

    fn cut(&self) {
        self.cuts.send_modify(|cuts| *cuts += 1);
    }
}

async fn accept(listener: TcpListener, server: SocketAddr, shared: Arc<Shared>) {
    while let Ok((near, _)) = listener.accept().await {
        let number = {
            let mut connections = shared.connections.lock().unwrap();
            *connections += 1;
            *connections
        };
        tokio::spawn(connect(near, server, Arc::clone(&shared), number));
    }
}

/// A server that is down is a connection that ends at once.
async fn connect(near: TcpStream, server: SocketAddr, shared: Arc<Shared>, number: u64) {
    let mut cuts = shared.cuts.subscribe();
    let Ok(far) = TcpStream::connect(server).await else { return };
    near.set_nodelay(true).unwrap();
    far.set_nodelay(true).unwrap();
    let (near_read, near_write) = near.into_split();
    let (far_read, far_write) = far.into_split();
    tokio::select! {
        () = carry(near_read, far_write, Way::Up, &shared, number) => {}
        () = carry(far_read, near_write, Way::Down, &shared, number) => {}
        _ = cuts.changed() => {}
    }
}

/// Carries bytes one way until one side ends it.
async fn carry(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    way: Way,
    shared: &Shared,
    number: u64,
) {
    let lane = shared.lane(way);
    let (mut flow, mut frozen) = (lane.flow.subscribe(), lane.frozen.subscribe());
    let mut pace = tokio::time::interval(DROP_EVERY);
    let mut bytes = [0; 16_384];
    loop {
        let _ = frozen.wait_for(|frozen| *frozen < number).await;
        let most = if *flow.borrow() == Flow::Trickle { DROPS } else { bytes.len() };
        let read = tokio::select! {
            read = from.read(&mut bytes[..most]) => read,
            _ = flow.changed() => continue,
            _ = frozen.changed() => continue,
        };
        let Ok(length @ 1..) = read else { return };
        if *flow.borrow() == Flow::Trickle {
            pace.tick().await;
        }
        let (length, cut) = until_the_cut(lane, length);
        if to.write_all(&bytes[..length]).await.is_err() {
            return;
        }
        if cut {
            return shared.cut();
        }
    }
}

/// How many of these bytes go before the planned cut, and whether it is now.
fn until_the_cut(lane: &Lane, length: usize) -> (usize, bool) {
    let left = lane.left.load(Ordering::SeqCst);
    if left == NEVER {
        return (length, false);
    }
    match usize::try_from(left) {
        Ok(left) if left > length => {
            lane.left.fetch_sub(length as i64, Ordering::SeqCst);
            (length, false)
        }
        Ok(left) => {
            lane.left.store(NEVER, Ordering::SeqCst);
            (left, true)
        }
        Err(_) => (length, false),
    }
}
