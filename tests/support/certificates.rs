//! A private CA and a server certificate, made by openssl as an admin would.

use std::path::Path;
use std::process::Command;

use super::process::run;

/// The CA's certificate.
pub const CA: &str = "ca.pem";
/// The server's certificate.
pub const CERTIFICATE: &str = "server.crt";
/// The server's key.
pub const KEY: &str = "server.key";
/// Both in one, as ejabberd wants it.
pub const BOTH: &str = "server.pem";

/// Makes all four files in `folder`; the certificate names `hosts`.
pub fn make(folder: &Path, hosts: &[&str]) {
    let names: Vec<_> = hosts.iter().map(|host| format!("DNS:{host}")).collect();
    let extensions = format!(
        "subjectAltName={}\nbasicConstraints=CA:FALSE\nkeyUsage=digitalSignature\nextendedKeyUsage=serverAuth\n",
        names.join(",")
    );
    std::fs::write(folder.join("extensions"), extensions).unwrap();
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
    openssl(folder, &format!("req -x509 {key} -keyout ca.key -out {CA} -days 2 -subj /CN=tests"));
    openssl(folder, &format!("req {key} -keyout {KEY} -out server.csr -subj /CN=server"));
    openssl(
        folder,
        &format!(
            "x509 -req -in server.csr -CA {CA} -CAkey ca.key -CAcreateserial -days 2 -extfile extensions -out {CERTIFICATE}"
        ),
    );
    let both = [CERTIFICATE, KEY].map(|file| std::fs::read_to_string(folder.join(file)).unwrap()).concat();
    std::fs::write(folder.join(BOTH), both).unwrap();
}

fn openssl(folder: &Path, arguments: &str) {
    run(Command::new("openssl").args(arguments.split(' ')).current_dir(folder));
}
