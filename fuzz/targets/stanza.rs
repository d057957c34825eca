//! Any bytes inside a stanza, then two sound stanzas. Where the bytes leave the tags as they were, they are three.
#![no_main]

use libfuzzer_sys::fuzz_target;

const BEFORE: [&str; 4] = [
    "<message from='help@rooms.chat.example/Guest' to='desk@chat.example/desk' type='groupchat' id='m1'>",
    "<presence from='help@rooms.chat.example/Guest'>",
    "<iq type='set' from='a@guest.example/web' id='1'>",
    "<message from='help@rooms.chat.example'><result xmlns='urn:xmpp:mam:2' id='1' queryid='1'>\
     <forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' type='groupchat'>",
];
const AFTER: [&str; 4] = ["</message>", "</presence>", "</iq>", "</message></forwarded></result></message>"];
const SOUND: &str = "<message from='a@b' type='chat'><body>sound</body></message><presence from='a@b'/>";

fuzz_target!(|bytes: &[u8]| {
    let Some((choice, content)) = bytes.split_first() else { return };
    let choice = usize::from(choice % 4);
    let sent = [BEFORE[choice].as_bytes(), content, AFTER[choice].as_bytes(), SOUND.as_bytes()].concat();
    let stanzas = frontdesk_fuzz::check(&sent);
    if !content.iter().any(|byte| matches!(byte, b'<' | b'>')) {
        assert_eq!(stanzas, Some(3));
    }
});
