//! A stored chat for people and programs: text, JSON, HTML.
