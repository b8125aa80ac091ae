// The root certificates that the image trusts for databases.

import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The regions whose databases can be verified. AWS has roots of its own for each: `Amazon RDS REGION Root CA …`. */
export function regions(file = join(__dirname, "../image/rds.pem")): Set<string> {
  const pem = readFileSync(file, "utf8");
  const certificates = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return new Set(
    certificates
      .map((certificate) => new X509Certificate(certificate).subject)
      .map((subject) => /CN=Amazon RDS (\S+) Root CA/.exec(subject)?.[1])
      .filter((region) => region !== undefined),
  );
}
