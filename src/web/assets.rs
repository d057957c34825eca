//! The window's files, built from `web/` and part of the binary.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use hyper::body::Bytes;
use rust_embed::RustEmbed;

/// The files of `web/dist`, which `web/` builds.
#[derive(RustEmbed)]
#[folder = "web/dist"]
#[allow_missing = true]
struct Dist;

/// Smaller ones gain nothing.
const COMPRESSED_FROM: usize = 512;

/// A file as it is sent.
#[derive(Clone)]
pub(super) struct Asset {
    /// Its media type.
    pub(super) media: Cow<'static, str>,
    /// Its bytes.
    pub(super) plain: Bytes,
    /// The same through gzip, where that is shorter.
    pub(super) gzip: Option<Bytes>,
    /// Names this very content (RFC 9110, 8.8.3).
    pub(super) etag: String,
    /// Its name tells its content, so it never changes.
    pub(super) immutable: bool,
}

/// All files, by their path below `web/dist`. Compressed once, at the start.
pub(super) struct Assets(HashMap<String, Asset>);

impl Assets {
    pub(super) fn embedded() -> Self {
        let file = |path: Cow<'static, str>| {
            let file = Dist::get(&path)?;
            let etag: String = file.metadata.sha256_hash().iter().take(12).map(|byte| format!("{byte:02x}")).collect();
            let plain = Bytes::from(file.data.into_owned());
            let asset = Asset {
                media: media(&path),
                gzip: compressed(&plain),
                plain,
                etag: format!("\"{etag}\""),
                immutable: is_hashed(&path),
            };
            Some((path.into_owned(), asset))
        };
        Self(Dist::iter().filter_map(file).collect())
    }

    pub(super) fn get(&self, path: &str) -> Option<&Asset> {
        self.0.get(path)
    }
}

/// The type by the name's ending.
pub(super) fn media(path: &str) -> Cow<'static, str> {
    match path.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8".into(),
        "js" | "mjs" => "text/javascript; charset=utf-8".into(),
        "css" => "text/css; charset=utf-8".into(),
        "json" | "map" => "application/json".into(),
        "svg" => "image/svg+xml".into(),
        "png" => "image/png".into(),
        "ico" => "image/x-icon".into(),
        "webp" => "image/webp".into(),
        "woff" => "font/woff".into(),
        "woff2" => "font/woff2".into(),
        "ttf" => "font/ttf".into(),
        "wasm" => "application/wasm".into(),
        "mp3" => "audio/mpeg".into(),
        "ogg" => "audio/ogg".into(),
        "txt" => "text/plain; charset=utf-8".into(),
        _ => "application/octet-stream".into(),
    }
}

fn compressed(plain: &Bytes) -> Option<Bytes> {
    if plain.len() < COMPRESSED_FROM {
        return None;
    }
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(plain).ok()?;
    let packed = gzip.finish().ok()?;
    (packed.len() < plain.len()).then(|| packed.into())
}

/// `window-4XQ7RCBA.js`: the bundler's names carry a hash of the content.
fn is_hashed(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    let stem = name.split('.').next().unwrap_or_default();
    let hash = stem.rsplit_once('-').map(|(_, hash)| hash).unwrap_or_default();
    hash.len() >= 8 && hash.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::is_hashed;

    #[test]
    fn a_name_with_a_hash_is_told_from_one_without() {
        assert!(is_hashed("window-4XQ7RCBA.js"));
        assert!(is_hashed("sub/window-4xq7rcba.css.map"));
        assert!(!is_hashed("window.js"));
        assert!(!is_hashed("two-words.js"));
        assert!(!is_hashed("window-4XQ7-CBA.js"));
    }
}
