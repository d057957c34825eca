//! Frames go both ways until one end has gone; then the other is told properly, so that nobody waits for a time-out.

use std::pin::Pin;
use std::time::Duration;

use futures::{SinkExt, StreamExt};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{MissedTickBehavior, Sleep, interval, sleep, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Message};
use tokio_tungstenite::tungstenite::{Bytes, Error, Utf8Bytes};

use super::super::Closing;
use super::super::addresses::Place;
use super::judge::{Judge, Reason, Verdict};
use super::upstream::Upstream;
use super::{Client, reply};

/// So often it is looked whether both ends are alive.
const LOOK: Duration = Duration::from_secs(5);
/// At every second look they are pinged: every 10 seconds.
const LOOKS_A_PING: u32 = 2;
/// After so many looks without a sign of life an end is given up: after 25 seconds.
const LOOKS_SILENT_MAX: u32 = 5;
/// Who does not take what is sent for so long is given up, too.
const SEND_LIMIT: Duration = Duration::from_secs(25);
/// Saying goodbye may take so long.
const GOODBYE_LIMIT: Duration = Duration::from_secs(2);

/// Why the carrying ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// The client has gone, with or without a word.
    ClientGone,
    /// The client has closed its stream; the server has heard it.
    ClientClosed,
    /// The client did what is not allowed.
    Refused(Reason),
    /// The XMPP server has gone.
    ServerGone,
    /// The desk stops.
    Closing,
}

/// Carries frames until one end has gone, or the desk stops.
pub(super) async fn carry(client: Client, upstream: Upstream, judge: Judge, place: Place, closing: Closing) {
    let mut passage = Passage { client, upstream, judge, place, silence: Silence::default(), rest: None };
    let end = passage.until_the_end(closing).await;
    tracing::trace!(?end, "a WebSocket ends");
    let Passage { client, upstream, place, .. } = passage;
    tokio::join!(part_from_client(client, end), part_from_server(upstream, end));
    drop(place);
}

/// The client never came: the XMPP server need not wait for it.
pub(super) async fn leave(upstream: Upstream) {
    part_from_server(upstream, End::ClientGone).await;
}

/// How many looks ago each end was heard.
#[derive(Debug, Default)]
struct Silence {
    looks: u32,
    client: u32,
    server: u32,
}

struct Passage {
    client: Client,
    upstream: Upstream,
    judge: Judge,
    place: Place,
    silence: Silence,
    /// The client sends too fast: before its end nothing more of it is read, and TCP tells it to wait.
    rest: Option<Pin<Box<Sleep>>>,
}

impl Passage {
    async fn until_the_end(&mut self, mut closing: Closing) -> End {
        let mut looks = interval(LOOK);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        looks.reset();
        loop {
            let step = tokio::select! {
                heard = self.client.next(), if self.rest.is_none() => self.of_client(heard).await,
                () = rested(&mut self.rest), if self.rest.is_some() => self.read_on(),
                heard = self.upstream.next() => self.of_server(heard).await,
                _ = looks.tick() => self.look().await,
                () = closing.comes() => Err(End::Closing),
            };
            if let Err(end) = step {
                return end;
            }
        }
    }

    async fn of_client(&mut self, heard: Option<Result<Message, Error>>) -> Result<(), End> {
        self.silence.client = 0;
        match heard {
            Some(Ok(Message::Text(frame))) => {
                let rest = self.place.pay(frame.len());
                // Not even a moment's rest where none is owed: a timer's moment is a millisecond.
                self.rest = (!rest.is_zero()).then(|| Box::pin(sleep(rest)));
                self.judged(frame).await
            }
            Some(Ok(Message::Binary(_))) => Err(End::Refused(Reason::NotWellFormed)),
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => Ok(()),
            Some(Err(Error::Capacity(_))) => Err(End::Refused(Reason::PolicyViolation)),
            Some(Ok(Message::Close(_)) | Err(_)) | None => Err(End::ClientGone),
        }
    }

    fn read_on(&mut self) -> Result<(), End> {
        self.rest = None;
        Ok(())
    }

    async fn judged(&mut self, frame: Utf8Bytes) -> Result<(), End> {
        match self.judge.of_client(&frame) {
            Verdict::Pass => self.pass_to_server(frame).await,
            Verdict::PassLast => {
                self.pass_to_server(frame).await?;
                Err(End::ClientClosed)
            }
            Verdict::Replace(other) => self.pass_to_server(other.into()).await,
            Verdict::Answer(answer) => self.tell_client(answer.into()).await,
            Verdict::Drop => Ok(()),
            Verdict::End(reason) => Err(End::Refused(reason)),
        }
    }

    async fn of_server(&mut self, heard: Option<Result<Message, Error>>) -> Result<(), End> {
        self.silence.server = 0;
        match heard {
            Some(Ok(Message::Text(frame))) => match self.judge.of_server(&frame) {
                Verdict::Replace(other) => self.tell_client(other.into()).await,
                Verdict::End(_) => Err(End::ServerGone),
                _ => self.tell_client(frame).await,
            },
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => Ok(()),
            Some(Ok(Message::Binary(_) | Message::Close(_)) | Err(_)) | None => Err(End::ServerGone),
        }
    }

    async fn pass_to_server(&mut self, frame: Utf8Bytes) -> Result<(), End> {
        send(&mut self.upstream, Message::Text(frame)).await.map_err(|_| End::ServerGone)
    }

    async fn tell_client(&mut self, frame: Utf8Bytes) -> Result<(), End> {
        send(&mut self.client, Message::Text(frame)).await.map_err(|_| End::ClientGone)
    }

    async fn look(&mut self) -> Result<(), End> {
        self.silence.looks = self.silence.looks.wrapping_add(1);
        // Whom we do not read cannot be heard.
        self.silence.client += u32::from(self.rest.is_none());
        self.silence.server += 1;
        if self.silence.client >= LOOKS_SILENT_MAX {
            return Err(End::ClientGone);
        }
        if self.silence.server >= LOOKS_SILENT_MAX {
            return Err(End::ServerGone);
        }
        if self.silence.looks.is_multiple_of(LOOKS_A_PING) {
            send(&mut self.client, Message::Ping(Bytes::new())).await.map_err(|_| End::ClientGone)?;
            send(&mut self.upstream, Message::Ping(Bytes::new())).await.map_err(|_| End::ServerGone)?;
        }
        Ok(())
    }
}

async fn rested(rest: &mut Option<Pin<Box<Sleep>>>) {
    if let Some(rest) = rest {
        rest.await;
    }
}

async fn send<S>(socket: &mut WebSocketStream<S>, message: Message) -> Result<(), Error>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    timeout(SEND_LIMIT, socket.send(message)).await.unwrap_or(Err(Error::ConnectionClosed))
}

/// The XMPP server is told in its own words that the guest has gone, and waits for nobody.
async fn part_from_server(mut upstream: Upstream, end: End) {
    let farewell = async {
        let mut last_words = Vec::new();
        if matches!(end, End::ClientGone | End::Refused(_) | End::Closing) {
            last_words.extend([reply::goodbye(), reply::close()]);
        }
        for words in last_words {
            upstream.send(Message::text(words)).await?;
        }
        // What the server still has to say concerns nobody, until it says goodbye itself.
        if end != End::ServerGone {
            while let Some(Ok(message)) = upstream.next().await {
                if message.is_close() || message.to_text().is_ok_and(|text| text.starts_with("<close")) {
                    break;
                }
            }
        }
        upstream.close(None).await
    };
    if let Ok(Err(error)) = timeout(GOODBYE_LIMIT, Box::pin(farewell)).await {
        tracing::trace!("the XMPP server did not wait for our goodbye: {error}");
    }
}

async fn part_from_client(mut client: Client, end: End) {
    let (last_words, code) = match end {
        End::ClientGone => return,
        End::ClientClosed => (vec![reply::close()], CloseCode::Normal),
        End::Refused(reason) => (reply::stream_error(reason).to_vec(), CloseCode::Policy),
        End::ServerGone => (vec![reply::close()], CloseCode::Again),
        End::Closing => (vec![reply::close()], CloseCode::Away),
    };
    let farewell = async {
        for words in last_words {
            client.send(Message::text(words)).await?;
        }
        client.close(Some(CloseFrame { code, reason: Utf8Bytes::default() })).await?;
        while let Some(Ok(_)) = client.next().await {}
        Ok::<_, Error>(())
    };
    drop(timeout(GOODBYE_LIMIT, Box::pin(farewell)).await);
}
