//! The CRMs of the configuration, as the adapter wants them.

use crate::config::{Config, CrmPlace, CrmSource, UrlPiece};
use crate::crm::{Crm, Host, Names, Piece, Place, Source};
use crate::exit::{Exit, Failure};

/// All of them, ready to be asked.
///
/// # Errors
/// A token or a CA file cannot be used.
pub(super) fn in_service(config: &Config) -> Result<Crm, Failure> {
    let mut sources = Vec::new();
    for crm in &config.crms {
        let refused = |error| Failure::new(Exit::Config, format!("CRM {}: {error}", crm.settings.name));
        sources.push((source(crm), crm.token().map_err(refused)?));
    }
    Crm::new(sources, &Names::system()).map_err(|error| Failure::new(Exit::Config, error))
}

/// One `[[crm]]`.
pub(crate) fn source(crm: &CrmSource) -> Source {
    Source {
        name: crm.settings.name.0.to_string(),
        limit: crm.settings.limit,
        fields: crm.fields.clone(),
        place: match &crm.place {
            CrmPlace::Http(http) => Place::Http(Host {
                name: http.host.clone(),
                url: http.url.iter().map(piece).collect(),
                ca_file: http.ca_file.clone(),
                allow: http.allow.clone(),
            }),
            CrmPlace::Csv { file, key } => Place::Csv { file: file.clone(), key: key.clone() },
            CrmPlace::Sqlite { file, query } => Place::Sqlite { file: file.clone(), query: query.clone() },
        },
    }
}

fn piece(piece: &UrlPiece) -> Piece {
    match piece {
        UrlPiece::Literal(text) => Piece::Literal(text.clone()),
        UrlPiece::Fact => Piece::Value,
    }
}
