import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto'
import { AsnConvert, OctetString } from '@peculiar/asn1-schema'
import {
  AlgorithmIdentifier,
  AttributeTypeAndValue,
  AttributeValue,
  BasicConstraints,
  Certificate,
  CertificateList,
  CRLDistributionPoints,
  DistributionPoint,
  DistributionPointName,
  Extension,
  Extensions,
  GeneralName,
  KeyUsage,
  Name,
  OtherName,
  RelativeDistinguishedName,
  RevokedCertificate,
  SubjectAlternativeName,
  SubjectPublicKeyInfo,
  TBSCertificate,
  TBSCertList,
  Time,
  Validity,
  Version,
} from '@peculiar/asn1-x509'

/** A certificate of a test, with the key that belongs to it. */
export interface TestCertificate {
  readonly der: Buffer
  readonly name: Name
  readonly serial: Buffer
  readonly privateKey: KeyObject
}

/** How a certificate differs from a good one. */
export interface CertificateOptions {
  readonly issuer?: TestCertificate
  /** Attribute values by object identifier. */
  readonly subject?: Readonly<Record<string, string>>
  readonly otherName?: string
  readonly otherNameId?: string
  /** The value of the other name in DER, where it is not `otherName` as a text. */
  readonly otherNameValue?: Buffer
  readonly dns?: string
  readonly email?: string
  readonly ip?: string
  readonly isAuthority?: boolean
  readonly pathLength?: number
  /** As in RFC 5280; `undefined` leaves the extension out. */
  readonly keyUsage?: number
  readonly from?: string
  readonly until?: string
  readonly revocationList?: string
  readonly critical?: string
  readonly kind?: 'p256' | 'ed25519' | 'p384' | 'rsa1024' | 'rsa2048'
  readonly signatureAlgorithm?: string
  /** Beside those that the other options make. */
  readonly extensions?: readonly Extension[]
}

const ecdsaWithSha256 = '1.2.840.10045.4.3.2'

/** Makes a certificate, signed by its issuer or by itself. */
export function makeCertificate(options: CertificateOptions): TestCertificate {
  const { privateKey, publicKey } = keyPair(options.kind ?? 'p256')
  const name = nameOf(options.subject ?? { '2.5.4.3': `test ${randomBytes(4).toString('hex')}` })
  const serial = Buffer.concat([Buffer.of(1), randomBytes(8)])
  const signer = options.issuer?.privateKey ?? privateKey
  const signatureAlgorithm = new AlgorithmIdentifier({ algorithm: options.signatureAlgorithm ?? algorithmOf(signer) })
  const extensions = extensionsOf(options)
  const tbsCertificate = new TBSCertificate({
    version: Version.v3,
    serialNumber: toArrayBuffer(serial),
    signature: signatureAlgorithm,
    issuer: options.issuer?.name ?? name,
    validity: new Validity({
      notBefore: new Date(options.from ?? '2020-01-01T00:00:00Z'),
      notAfter: new Date(options.until ?? '2040-01-01T00:00:00Z'),
    }),
    subject: name,
    subjectPublicKeyInfo: AsnConvert.parse(publicKey.export({ format: 'der', type: 'spki' }), SubjectPublicKeyInfo),
    ...(extensions.length === 0 ? {} : { extensions: new Extensions(extensions) }),
  })
  const signatureValue = signBytes(signer, AsnConvert.serialize(tbsCertificate))
  const der = AsnConvert.serialize(new Certificate({ tbsCertificate, signatureAlgorithm, signatureValue }))
  return { der: Buffer.from(der), name, serial, privateKey }
}

/** A root, an authority below it, and a leaf with the values that a did:x509 names. */
export function makeChain(
  leaf: CertificateOptions = {},
  authority: CertificateOptions = {},
  root: CertificateOptions = {},
) {
  const rootCertificate = makeCertificate({ isAuthority: true, keyUsage: 0x60, ...root })
  const authorityCertificate = makeCertificate({
    isAuthority: true,
    keyUsage: 0x60,
    issuer: rootCertificate,
    ...authority,
  })
  const leafCertificate = makeCertificate({
    issuer: authorityCertificate,
    keyUsage: 0x01,
    subject: { '2.5.4.6': 'NL', '2.5.4.10': 'Zorg & Zo: één', '2.5.4.5': '00001234' },
    otherName: '2.16.528.1.1007.99.2110-1-900030787-S-90000380-00.000-11223344',
    dns: 'zorg.example',
    email: 'info@zorg.example',
    ip: '192.0.2.7',
    ...leaf,
  })
  const certificates = [leafCertificate, authorityCertificate, rootCertificate]
  return { leaf: leafCertificate, authority: authorityCertificate, root: rootCertificate, x5c: toX5c(certificates) }
}

/** The header of a JWS. */
export function toX5c(certificates: readonly TestCertificate[]): readonly string[] {
  return certificates.map(({ der }) => der.toString('base64'))
}

/** The fingerprint of an authority as a did:x509 has it. */
export function fingerprintOf({ der }: TestCertificate, algorithm = 'sha256'): string {
  return createHash(algorithm).update(der).digest('base64url')
}

/** A revocation list that the issuer signs, in DER. */
export function makeRevocationList(options: {
  readonly issuer: TestCertificate
  readonly revoked?: readonly TestCertificate[]
  readonly signer?: TestCertificate
  readonly thisUpdate?: string
  readonly nextUpdate?: string
  readonly signatureAlgorithm?: string
  readonly extensions?: readonly Extension[]
}): Buffer {
  const signer = options.signer ?? options.issuer
  const algorithm = options.signatureAlgorithm ?? algorithmOf(signer.privateKey)
  const signature = new AlgorithmIdentifier({ algorithm })
  const tbsCertList = new TBSCertList({
    version: Version.v2,
    signature,
    issuer: options.issuer.name,
    thisUpdate: new Time(new Date(options.thisUpdate ?? '2026-01-01T00:00:00Z')),
    ...(options.nextUpdate === undefined ? {} : { nextUpdate: new Time(new Date(options.nextUpdate)) }),
    ...(options.extensions === undefined ? {} : { crlExtensions: new Extensions([...options.extensions]) }),
    ...(options.revoked === undefined
      ? {}
      : {
          revokedCertificates: options.revoked.map(
            ({ serial }) =>
              new RevokedCertificate({
                userCertificate: toArrayBuffer(serial),
                revocationDate: new Time(new Date('2026-01-01T00:00:00Z')),
              }),
          ),
        }),
  })
  const list = new CertificateList({
    tbsCertList,
    signatureAlgorithm: signature,
    signature: signBytes(signer.privateKey, AsnConvert.serialize(tbsCertList)),
  })
  return Buffer.from(AsnConvert.serialize(list))
}

function keyPair(kind: NonNullable<CertificateOptions['kind']>) {
  if (kind === 'ed25519') return generateKeyPairSync('ed25519')
  if (kind.startsWith('rsa')) return generateKeyPairSync('rsa', { modulusLength: Number(kind.slice('rsa'.length)) })
  return generateKeyPairSync('ec', { namedCurve: kind === 'p256' ? 'P-256' : 'P-384' })
}

function signBytes(key: KeyObject, bytes: ArrayBuffer): ArrayBuffer {
  return toArrayBuffer(sign(key.asymmetricKeyType === 'ed25519' ? null : 'sha256', Buffer.from(bytes), key))
}

function algorithmOf({ asymmetricKeyType }: KeyObject): string {
  if (asymmetricKeyType === 'ed25519') return '1.3.101.112'
  return asymmetricKeyType === 'ec' ? ecdsaWithSha256 : '1.2.840.113549.1.1.11'
}

function nameOf(subject: Readonly<Record<string, string>>): Name {
  return new Name(
    Object.entries(subject).map(
      ([type, value]) =>
        new RelativeDistinguishedName([
          new AttributeTypeAndValue({ type, value: new AttributeValue({ utf8String: value }) }),
        ]),
    ),
  )
}

function extensionsOf(options: CertificateOptions): Extension[] {
  const { otherName, dns, email, ip, revocationList } = options
  const names = [
    ...(otherName === undefined
      ? []
      : [
          new GeneralName({
            otherName: new OtherName({
              typeId: options.otherNameId ?? '2.5.5.5',
              value: toArrayBuffer(
                options.otherNameValue ??
                  Buffer.concat([Buffer.of(0x0c, Buffer.byteLength(otherName)), Buffer.from(otherName)]),
              ),
            }),
          }),
        ]),
    ...(dns === undefined ? [] : [new GeneralName({ dNSName: dns })]),
    ...(email === undefined ? [] : [new GeneralName({ rfc822Name: email })]),
    ...(ip === undefined ? [] : [new GeneralName({ iPAddress: ip })]),
  ]
  const fullName = [new GeneralName({ uniformResourceIdentifier: revocationList ?? '' })]
  return [
    ...(options.isAuthority === true
      ? [
          extension(
            '2.5.29.19',
            new BasicConstraints({
              cA: true,
              ...(options.pathLength === undefined ? {} : { pathLenConstraint: options.pathLength }),
            }),
            true,
          ),
        ]
      : []),
    ...(options.keyUsage === undefined ? [] : [extension('2.5.29.15', new KeyUsage(options.keyUsage), true)]),
    ...(names.length === 0 ? [] : [extension('2.5.29.17', new SubjectAlternativeName(names))]),
    ...(revocationList === undefined
      ? []
      : [
          extension(
            '2.5.29.31',
            new CRLDistributionPoints([
              new DistributionPoint({ distributionPoint: new DistributionPointName({ fullName }) }),
            ]),
          ),
        ]),
    ...(options.critical === undefined ? [] : [extension(options.critical, new BasicConstraints(), true)]),
    ...(options.extensions ?? []),
  ]
}

/** An extension of a certificate or of a list. */
export function extension(extnID: string, value: unknown, critical = false): Extension {
  return new Extension({ extnID, critical, extnValue: new OctetString(AsnConvert.serialize(value)) })
}

function toArrayBuffer(bytes: Buffer): ArrayBuffer {
  return new Uint8Array(bytes).buffer
}

/** In PEM. */
export function pemOf({ der }: TestCertificate): string {
  const lines = der.toString('base64').replace(/.{64}/g, '$&\n')
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`
}

/** What a client shows in TLS, in PEM. */
export function toClient(certificate: TestCertificate): { readonly cert: string; readonly key: string } {
  const key = certificate.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  return { cert: pemOf(certificate), key }
}
