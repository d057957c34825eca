//! What `frontdesk check` looks at.
