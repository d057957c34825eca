//! The way between the desk and its server: it can be cut, or go dead without being cut.

use std::net::SocketAddr;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{broadcast, watch};

/// A relay on loopback. All connections through it share its fate.
#[derive(Debug)]
pub struct Cable {
    pub address: SocketAddr,
    cut: broadcast::Sender<()>,
    dead: watch::Sender<bool>,
}

impl Cable {
    pub async fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (cut, _) = broadcast::channel(1);
        let (dead, death) = watch::channel(false);
        let cuts = cut.clone();
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                tokio::spawn(carry(near, server, cuts.subscribe(), death.clone()));
            }
        });
        Self { address, cut, dead }
    }

    /// Both ends notice.
    pub fn cut(&self) {
        self.cut.send(()).expect("a connection to cut");
    }

    /// Nobody notices: connections stay open, and nothing comes through any more, in either direction. New ones go through
    /// once it is revived; the dead ones stay dead.
    pub fn go_dead(&self) {
        self.dead.send_replace(true);
    }

    /// New connections go through.
    pub fn revive(&self) {
        self.dead.send_replace(false);
    }
}

async fn carry(
    mut near: TcpStream,
    server: SocketAddr,
    mut cut: broadcast::Receiver<()>,
    mut death: watch::Receiver<bool>,
) {
    if death.wait_for(|dead| !dead).await.is_err() {
        return;
    }
    let mut far = TcpStream::connect(server).await.unwrap();
    let died = tokio::select! {
        _ = copy_bidirectional(&mut near, &mut far) => false,
        _ = cut.recv() => false,
        _ = death.wait_for(|dead| *dead) => true,
    };
    if died {
        // Both sockets stay open, and nobody reads them.
        std::future::pending::<()>().await;
    }
}
