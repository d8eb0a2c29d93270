import { createHash, generateKeyPairSync, sign, X509Certificate, type KeyObject } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AsnConvert, OctetString } from '@peculiar/asn1-schema'
import * as asn from '@peculiar/asn1-x509'
import { systemClock } from '../../node/kernel/clock.js'
import { randomHex } from '../../node/kernel/random.js'

/** Where the certificates of a region are: of its authority, and of each participant with its key. */
export interface RegionCertificates {
  readonly authority: string
  of(name: string): { readonly certificate: string; readonly key: string }
}

const dayMilliseconds = 86_400_000
const validDays = 90
/** Before a node begins to warn. */
const renewedDaysBefore = 15
const ecdsaWithSha256 = '1.2.840.10045.4.3.2'
const serverAuth = '1.3.6.1.5.5.7.3.1'

/**
 * Certificates for `localhost`, one for each name, of an authority that is made with them and whose key is then
 * forgotten: whoever trusts it trusts these certificates and can be shown no other. Those that are there stay as long as
 * they have two weeks to go and everybody has one.
 */
export async function prepareCertificates(directory: string, names: readonly string[]): Promise<RegionCertificates> {
  const authority = join(directory, 'ca.pem')
  const of = (name: string) => ({
    certificate: join(directory, 'tls', `${name}.pem`),
    key: join(directory, 'tls', `${name}.key`),
  })
  if (await areGood(authority, names.map(of))) return { authority, of }
  await mkdir(join(directory, 'tls'), { recursive: true, mode: 0o700 })
  const issuer = makeAuthority()
  await Promise.all(
    names.map(async (name) => {
      const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' })
      const der = makeCertificate({ commonName: `${name} (bronnet demo)`, publicKey: keys.publicKey, issuer })
      await writeFile(of(name).certificate, pemOf(der))
      await writeFile(of(name).key, keys.privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
    }),
  )
  // Last: without it nothing of all this counts.
  await writeFile(authority, pemOf(issuer.certificate))
  return { authority, of }
}

async function areGood(
  authority: string,
  files: readonly { readonly certificate: string; readonly key: string }[],
): Promise<boolean> {
  try {
    const issuer = new X509Certificate(await readFile(authority, 'utf8'))
    for (const { certificate, key } of files) {
      await readFile(key)
      const x509 = new X509Certificate(await readFile(certificate, 'utf8'))
      const end = Date.parse(x509.validTo) - renewedDaysBefore * dayMilliseconds
      if (!x509.verify(issuer.publicKey) || systemClock.now() > end) return false
    }
    return true
  } catch {
    // One is not there, or is none: all are made anew.
    return false
  }
}

interface Authority {
  readonly name: asn.Name
  readonly certificate: Buffer
  readonly privateKey: KeyObject
  readonly keyId: asn.KeyIdentifier
}

function makeAuthority(): Authority {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const commonName = `bronnet demo ${randomHex(4)}`
  const self = { name: nameOf(commonName), privateKey, keyId: keyIdOf(publicKey) }
  return { ...self, certificate: makeCertificate({ commonName, publicKey, issuer: self, isAuthority: true }) }
}

function makeCertificate(options: {
  readonly commonName: string
  readonly publicKey: KeyObject
  readonly issuer: Omit<Authority, 'certificate'>
  readonly isAuthority?: boolean
}): Buffer {
  const { commonName, publicKey, issuer, isAuthority = false } = options
  const now = systemClock.now()
  const signature = new asn.AlgorithmIdentifier({ algorithm: ecdsaWithSha256 })
  const tbsCertificate = new asn.TBSCertificate({
    version: asn.Version.v3,
    serialNumber: bytesOf(Buffer.from(`01${randomHex(15)}`, 'hex')),
    signature,
    issuer: issuer.name,
    validity: new asn.Validity({
      notBefore: new Date(now - dayMilliseconds),
      notAfter: new Date(now + validDays * dayMilliseconds),
    }),
    subject: nameOf(commonName),
    subjectPublicKeyInfo: AsnConvert.parse(spkiOf(publicKey), asn.SubjectPublicKeyInfo),
    extensions: new asn.Extensions([
      extension(asn.id_ce_subjectKeyIdentifier, keyIdOf(publicKey)),
      extension(asn.id_ce_authorityKeyIdentifier, new asn.AuthorityKeyIdentifier({ keyIdentifier: issuer.keyId })),
      ...(isAuthority ? extensionsOfAuthority() : extensionsOfServer()),
    ]),
  })
  const signatureValue = bytesOf(sign('sha256', Buffer.from(AsnConvert.serialize(tbsCertificate)), issuer.privateKey))
  return Buffer.from(
    AsnConvert.serialize(new asn.Certificate({ tbsCertificate, signatureAlgorithm: signature, signatureValue })),
  )
}

function extensionsOfAuthority(): readonly asn.Extension[] {
  return [
    extension(asn.id_ce_basicConstraints, new asn.BasicConstraints({ cA: true, pathLenConstraint: 0 }), true),
    extension(asn.id_ce_keyUsage, new asn.KeyUsage(asn.KeyUsageFlags.keyCertSign), true),
  ]
}

function extensionsOfServer(): readonly asn.Extension[] {
  const names = new asn.SubjectAlternativeName([
    new asn.GeneralName({ dNSName: 'localhost' }),
    new asn.GeneralName({ iPAddress: '127.0.0.1' }),
    new asn.GeneralName({ iPAddress: '::1' }),
  ])
  return [
    extension(asn.id_ce_subjectAltName, names),
    extension(asn.id_ce_keyUsage, new asn.KeyUsage(asn.KeyUsageFlags.digitalSignature), true),
    extension(asn.id_ce_extKeyUsage, new asn.ExtendedKeyUsage([serverAuth])),
  ]
}

function nameOf(commonName: string): asn.Name {
  const value = new asn.AttributeValue({ utf8String: commonName })
  const attribute = new asn.AttributeTypeAndValue({ type: '2.5.4.3', value })
  return new asn.Name([new asn.RelativeDistinguishedName([attribute])])
}

/** @see RFC 5280 section 4.2.1.2: any value that is unique */
function keyIdOf(publicKey: KeyObject): asn.KeyIdentifier {
  return new asn.SubjectKeyIdentifier(bytesOf(createHash('sha256').update(spkiOf(publicKey)).digest().subarray(0, 20)))
}

function spkiOf(publicKey: KeyObject): Buffer {
  return publicKey.export({ type: 'spki', format: 'der' })
}

function extension(extnID: string, value: unknown, critical = false): asn.Extension {
  return new asn.Extension({ extnID, critical, extnValue: new OctetString(AsnConvert.serialize(value)) })
}

function bytesOf(bytes: Buffer): ArrayBuffer {
  return new Uint8Array(bytes).buffer
}

function pemOf(der: Buffer): string {
  return new X509Certificate(der).toString()
}
