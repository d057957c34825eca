//! What must hold for whatever a server sends: the guard does not die, its output does not depend on how the bytes are
//! cut, and the library reads all of it.

/// The guard's files alone, not the desk around them: it builds in a third of the time.
#[path = "../../src/xmpp"]
#[allow(dead_code)]
pub mod xmpp {
    pub mod guard;
    mod names;
    mod xml;
}

use std::cell::RefCell;

use ::xmpp::tokio_xmpp::xmlstream::{
    FallibleStreamElement, ReadError, StreamHeader, Timeouts, XmppStreamElement, initiate_stream,
};
use futures::StreamExt;
use tokio::io::{BufStream, join, sink};
use tokio::runtime::{Builder, Runtime};

use xmpp::guard::Guard;

/// What a server says before the first stanza.
pub const OPENING: &str = "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' \
     id='1' from='chat.example' version='1.0'><stream:features/>";

const FOOTER: &[u8] = b"</stream:stream>";

/// Gives these bytes to a guard after the opening, and checks what comes out. How many stanzas the library read; `None`
/// where the bytes end the stream or begin a new one.
pub fn check(bytes: &[u8]) -> Option<usize> {
    let whole = pass(bytes, [bytes.len().max(1)]);
    // The bytes themselves say how they are cut; every fourth is cut everywhere.
    let longest = if bytes.len() % 4 == 0 { 1 } else { 61 };
    let pieces = bytes.iter().map(|byte| usize::from(*byte) % longest + 1);
    assert_eq!(whole, pass(bytes, pieces), "in pieces");
    let restarts = whole.windows(13).any(|window| window == b"stream:stream");
    (!restarts).then(|| stanzas_in(&whole))
}

fn pass(bytes: &[u8], pieces: impl IntoIterator<Item = usize, IntoIter: Clone>) -> Vec<u8> {
    let (mut guard, mut out) = (Guard::new(), Vec::new());
    guard.pass(OPENING.as_bytes(), &mut out).expect("a header");
    assert_eq!(out, OPENING.as_bytes());
    out.clear();
    let mut rest = bytes;
    for length in pieces.into_iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (piece, others) = rest.split_at(length.min(rest.len()));
        if guard.pass(piece, &mut out).is_err() {
            break;
        }
        rest = others;
    }
    out
}

thread_local! {
    static RUNTIME: RefCell<Runtime> = RefCell::new(Builder::new_current_thread().enable_time().build().unwrap());
}

/// The library reads the whole stream; each element must be one that it understands.
fn stanzas_in(elements: &[u8]) -> usize {
    let bytes = [OPENING.as_bytes(), elements, FOOTER].concat();
    let reading = async {
        let io = BufStream::new(join(bytes.as_slice(), sink()));
        let header = StreamHeader { to: None, from: None, id: None };
        let opened = initiate_stream(io, "jabber:client", header, Timeouts::default()).await.unwrap();
        let (_, mut stream) = opened.recv_features::<FallibleStreamElement>().await.unwrap();
        let mut stanzas = 0;
        loop {
            match stream.next().await {
                Some(Ok(FallibleStreamElement::Ok(XmppStreamElement::Stanza(_)))) => stanzas += 1,
                Some(Ok(FallibleStreamElement::Ok(_))) => {}
                Some(Err(ReadError::StreamFooterReceived)) => return stanzas,
                other => panic!("the library makes {other:?} of {}", String::from_utf8_lossy(&bytes)),
            }
        }
    };
    RUNTIME.with_borrow(|runtime| runtime.block_on(reading))
}
