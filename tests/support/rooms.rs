//! What a person does in rooms, and what they expect to see there.

use xmpp::jid::BareJid;
use xmpp::tokio_xmpp::minidom::Element;

use super::client::Client;
use super::server::{ROOMS, random_word};
use super::stanzas::{
    CLIENT, MUC, MUC_ADMIN, MUC_OWNER, MUC_USER, Occupant, error_condition, escaped, has_type, is_from, occupant,
    room_line,
};

/// Rooms.
impl Client {
    /// Opens a new room and makes it usable with the server's defaults.
    pub async fn open_room(&mut self, name: &str, nick: &str) -> BareJid {
        self.open_room_with(name, nick, &[]).await
    }

    /// Opens a new room with these values of its configuration form.
    pub async fn open_room_with(&mut self, name: &str, nick: &str, values: &[(&str, &str)]) -> BareJid {
        let room: BareJid = format!("{name}@{ROOMS}").parse().unwrap();
        let entered = self.enter(&room, nick, None).await.expect("a new room can be entered");
        assert!(entered.codes.contains(&"201".to_owned()), "{room} was there before");
        self.configure(&room, values).await.expect("the owner may configure the room");
        room
    }

    /// Sets values of a room's configuration form; the error condition where that is refused.
    pub async fn configure(&mut self, room: &BareJid, values: &[(&str, &str)]) -> Result<(), String> {
        let fields: String = values
            .iter()
            .map(|(name, value)| format!("<field var='{name}'><value>{}</value></field>", escaped(value)))
            .collect();
        let kind = "<field var='FORM_TYPE'><value>http://jabber.org/protocol/muc#roomconfig</value></field>";
        let form =
            format!("<query xmlns='{MUC_OWNER}'><x xmlns='jabber:x:data' type='submit'>{kind}{fields}</x></query>");
        self.ask("set", room.as_str(), &form).await.map(drop)
    }

    /// Enters a room and waits for its subject: from then on everything is live.
    pub async fn join(&mut self, room: &BareJid, nick: &str, password: Option<&str>) -> Occupant {
        self.try_join(room, nick, password).await.unwrap_or_else(|why| panic!("{} got no entry: {why}", self.name))
    }

    /// The same, or the error condition.
    pub async fn try_join(&mut self, room: &BareJid, nick: &str, password: Option<&str>) -> Result<Occupant, String> {
        let entered = self.enter(room, nick, password).await?;
        self.expect(&format!("the subject of {room}"), |stanza| {
            let subject = stanza.has_child("subject", CLIENT) && !stanza.has_child("body", CLIENT);
            (subject && has_type(stanza, "groupchat") && is_from(stanza, room.as_str())).then_some(())
        })
        .await;
        Ok(entered)
    }

    /// Wants into a room, and does not wait for an answer.
    pub fn knock(&self, room: &BareJid, nick: &str, password: Option<&str>) {
        let password = password.map(|word| format!("<password>{}</password>", escaped(word))).unwrap_or_default();
        let address = format!("{room}/{}", escaped(nick));
        self.send(&format!("<presence to='{address}'><x xmlns='{MUC}'>{password}</x></presence>"));
    }

    async fn enter(&mut self, room: &BareJid, nick: &str, password: Option<&str>) -> Result<Occupant, String> {
        self.nicks.insert(room.clone(), nick.to_owned());
        self.knock(room, nick, password);
        self.expect(&format!("our own presence in {room}"), |stanza| {
            let refused = stanza.name() == "presence" && has_type(stanza, "error") && is_from(stanza, room.as_str());
            if refused {
                return Some(Err(error_condition(stanza).unwrap_or_default()));
            }
            occupant(stanza, room).filter(|own| own.here && own.codes.contains(&"110".to_owned())).map(Ok)
        })
        .await
    }

    /// Gives somebody an affiliation.
    pub async fn grant(&mut self, room: &BareJid, who: &str, affiliation: &str) -> Result<(), String> {
        let item = format!("<item affiliation='{affiliation}' jid='{who}'/>");
        self.ask("set", room.as_str(), &format!("<query xmlns='{MUC_ADMIN}'>{item}</query>")).await.map(drop)
    }

    /// Throws somebody out.
    pub async fn kick(&mut self, room: &BareJid, nick: &str) -> Result<(), String> {
        let item = format!("<item role='none' nick='{}'/>", escaped(nick));
        self.ask("set", room.as_str(), &format!("<query xmlns='{MUC_ADMIN}'>{item}</query>")).await.map(drop)
    }

    /// Destroys a room.
    pub async fn destroy(&mut self, room: &BareJid) -> Result<(), String> {
        self.ask("set", room.as_str(), &format!("<query xmlns='{MUC_OWNER}'><destroy/></query>")).await.map(drop)
    }

    /// Asks the room to invite somebody (XEP-0045, 7.8.2).
    pub fn invite_mediated(&self, room: &BareJid, who: &str, reason: &str) {
        let reason = format!("<reason>{}</reason>", escaped(reason));
        self.send(&format!(
            "<message to='{room}'><x xmlns='{MUC_USER}'><invite to='{who}'>{reason}</invite></x></message>"
        ));
    }

    /// Says something in a room and waits until the room repeats it: what is said after this is said later.
    pub async fn say(&mut self, room: &BareJid, words: &str) {
        let id = self.say_and_go_on(room, words);
        let refused = self
            .expect(&format!("the echo of {words:?}"), |stanza| {
                let ours = stanza.name() == "message" && stanza.attr("id") == Some(&id);
                (ours && is_from(stanza, room.as_str())).then(|| error_condition(stanza))
            })
            .await;
        assert_eq!(refused, None, "{} may not say {words:?}", self.name);
    }

    /// Says something in a room; its id.
    pub fn say_and_go_on(&self, room: &BareJid, words: &str) -> String {
        let id = random_word();
        let body = escaped(words);
        self.send(&format!("<message to='{room}' type='groupchat' id='{id}'><body>{body}</body></message>"));
        id
    }

    /// Tells a room what our hands do (XEP-0085): `composing`, `paused`, `active`.
    pub fn show_typing(&self, room: &BareJid, state: &str) {
        self.send(&format!(
            "<message to='{room}' type='groupchat'><{state} xmlns='http://jabber.org/protocol/chatstates'/></message>"
        ));
    }

    /// Takes another nick and waits until it is known by it.
    pub async fn rename(&mut self, room: &BareJid, nick: &str) {
        self.nicks.insert(room.clone(), nick.to_owned());
        self.send(&format!("<presence to='{room}/{}'/>", escaped(nick)));
        self.expect(&format!("our new nick in {room}"), |stanza| {
            occupant(stanza, room).filter(|own| own.here && own.nick == nick && own.codes.contains(&"110".to_owned()))
        })
        .await;
    }

    /// Leaves a room and waits until it is out.
    pub async fn leave(&mut self, room: &BareJid) {
        let nick = self.nicks.remove(room).expect("one leaves a room that one is in");
        self.send(&format!("<presence to='{room}/{}' type='unavailable'/>", escaped(&nick)));
        self.expect(&format!("our leaving of {room}"), |stanza| {
            occupant(stanza, room).filter(|own| !own.here && own.codes.contains(&"110".to_owned()))
        })
        .await;
    }
}

/// Expecting things from rooms.
impl Client {
    /// Waits for a line in a room that `wanted` accepts (nick, words); the words.
    pub async fn hear(&mut self, room: &BareJid, what: &str, wanted: impl Fn(&str, &str) -> bool) -> String {
        self.expect(what, |stanza| {
            room_line(stanza, room).filter(|(nick, words)| wanted(nick, words)).map(|(_, words)| words)
        })
        .await
    }

    /// Waits for exactly these words of this nick in a room.
    pub async fn hear_words(&mut self, room: &BareJid, nick: &str, words: &str) {
        self.hear(room, &format!("{nick} says {words:?}"), |who, said| who == nick && said == words).await;
    }

    /// Waits until an occupant is in the room.
    pub async fn see(&mut self, room: &BareJid, nick: &str) -> Occupant {
        self.expect(&format!("{nick} in {room}"), |stanza| {
            occupant(stanza, room).filter(|other| other.here && other.nick == nick)
        })
        .await
    }

    /// Waits until an occupant is gone from the room.
    pub async fn see_leaving(&mut self, room: &BareJid, nick: &str) -> Occupant {
        self.expect(&format!("{nick} leaves {room}"), |stanza| {
            occupant(stanza, room).filter(|other| !other.here && other.nick == nick)
        })
        .await
    }

    /// Waits until we ourselves are out of the room; the presence that says so.
    pub async fn see_the_end(&mut self, room: &BareJid) -> Element {
        let nick = self.nicks.get(room).cloned().expect("one is thrown out of a room that one is in");
        self.expect(&format!("the end of {room}"), |stanza| {
            let own = occupant(stanza, room).is_some_and(|own| !own.here && own.nick == nick);
            own.then(|| stanza.clone())
        })
        .await
    }
}

/// What a room said, as this client heard it.
impl Client {
    /// All live lines of a room so far, in the room's order: (nick, words).
    pub fn lines(&mut self, room: &BareJid) -> Vec<(String, String)> {
        self.heard().filter_map(|stanza| room_line(stanza, room)).collect()
    }
}
