//! SPEAKS XMPP: connection, inbound (stanza to event), outbound (action to stanza).
