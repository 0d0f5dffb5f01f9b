import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A certificate for 127.0.0.1 and localhost that signs itself, made by the system's openssl: Node has no function that makes one. */
export interface TestCertificate {
  readonly key: Buffer;
  readonly certificate: Buffer;
}

export function makeCertificate(names = 'IP:127.0.0.1,DNS:localhost'): TestCertificate {
  const directory = mkdtempSync(join(tmpdir(), 'waymark-tls-'));
  const [keyFile, certificateFile] = [join(directory, 'key.pem'), join(directory, 'certificate.pem')];
  const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  const subject = ['-subj', '/CN=waymark test', '-addext', `subjectAltName=${names}`];
  try {
    execFileSync('openssl', [...request, ...subject, '-keyout', keyFile, '-out', certificateFile], { stdio: 'pipe' });
    return { key: readFileSync(keyFile), certificate: readFileSync(certificateFile) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new Error('tests with TLS need openssl, to make a certificate: apt-get install openssl', { cause: error });
  } finally {
    rmSync(directory, { recursive: true });
  }
}
