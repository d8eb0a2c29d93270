import { X509Certificate } from 'node:crypto'
import { AsnConvert } from '@peculiar/asn1-schema'
import {
  BasicConstraints,
  Certificate,
  CRLDistributionPoints,
  type DistributionPointName,
  Extensions,
  KeyUsage,
  KeyUsageFlags,
  type Name,
  SubjectAlternativeName,
} from '@peculiar/asn1-x509'
import { NodeError } from '../kernel/errors.js'
import { findSignatureWay, type X509SignatureWay } from './x509-signature.js'

/** A certificate with what its extensions say, read once. Nothing of it is verified. */
export interface ParsedCertificate {
  readonly x509: X509Certificate
  readonly notBefore: number
  readonly notAfter: number
  /** `undefined` when it is signed in a way that is weak or not known. */
  readonly signatureWay: X509SignatureWay | undefined
  /** Lower-case hexadecimal without leading zeros. */
  readonly serialNumber: string
  /** Values by the object identifier of their attribute. */
  readonly subject: ReadonlyMap<string, readonly string[]>
  readonly alternativeNames: Readonly<Record<AlternativeName, readonly string[]>>
  readonly isAuthority: boolean
  readonly pathLength: number | undefined
  /** `undefined` when it does not limit what the key is used for. */
  readonly keyUsage:
    { readonly digitalSignature: boolean; readonly keyCertSign: boolean; readonly cRLSign: boolean } | undefined
  readonly unknownCritical: readonly string[]
  /** Addresses of revocation lists. */
  readonly revocationLists: readonly string[]
}

export type AlternativeName = 'otherName' | 'dns' | 'email' | 'ip'

/** What a Dutch care certificate calls its identifier. @see Nuts RFC023; nuts-node v6: no other kind of otherName */
const otherNameId = '2.5.5.5'
/** Extensions whose rules are kept, or that limit nothing that we do. */
const knownExtensions = new Set([
  '2.5.29.14', // subject key identifier
  '2.5.29.15', // key usage
  '2.5.29.17', // subject alternative name
  '2.5.29.19', // basic constraints
  '2.5.29.31', // revocation lists
  '2.5.29.32', // certificate policies
  '2.5.29.35', // authority key identifier
  '2.5.29.37', // extended key usage: any is good, as RFC023 says
])

/** @throws `identity.chain_invalid` */
export function parseCertificate(der: Buffer): ParsedCertificate {
  try {
    return readCertificate(der)
  } catch (cause) {
    throw new NodeError('identity.chain_invalid', { cause, notes: ['a certificate of the chain cannot be read'] })
  }
}

function readCertificate(der: Buffer): ParsedCertificate {
  const x509 = new X509Certificate(der)
  // What follows the certificate would not be covered by its signature.
  if (!x509.raw.equals(der)) throw new NodeError('identity.chain_invalid', { detail: 'not exactly one certificate' })
  const { tbsCertificate, signatureAlgorithm } = AsnConvert.parse(der, Certificate)
  const extensions = tbsCertificate.extensions ?? new Extensions()
  const ids = extensions.map(({ extnID }) => extnID)
  if (new Set(ids).size !== ids.length) throw new NodeError('identity.chain_invalid', { detail: 'an extension twice' })
  const find = (id: string) => extensions.find(({ extnID }) => extnID === id)?.extnValue.buffer
  const [constraints, usage, names, lists] = ['2.5.29.19', '2.5.29.15', '2.5.29.17', '2.5.29.31'].map(find)
  const basic = constraints === undefined ? undefined : AsnConvert.parse(constraints, BasicConstraints)
  return {
    x509,
    notBefore: tbsCertificate.validity.notBefore.getTime().getTime(),
    notAfter: tbsCertificate.validity.notAfter.getTime().getTime(),
    signatureWay: findSignatureWay(signatureAlgorithm),
    serialNumber: serialText(tbsCertificate.serialNumber),
    subject: subjectOf(tbsCertificate.subject),
    alternativeNames: alternativeNamesOf(names),
    isAuthority: basic?.cA ?? false,
    pathLength: basic?.pathLenConstraint,
    keyUsage: usage === undefined ? undefined : keyUsageOf(usage),
    unknownCritical: extensions
      .filter(({ extnID, critical }) => critical && !knownExtensions.has(extnID))
      .map(({ extnID }) => extnID),
    revocationLists: lists === undefined ? [] : listAddressesOf(lists),
  }
}

/** A serial number as text that equal numbers share. */
export function serialText(serial: ArrayBuffer): string {
  return Buffer.from(serial)
    .toString('hex')
    .replace(/^0+(?=.)/, '')
}

function subjectOf(subject: Name): ReadonlyMap<string, readonly string[]> {
  const values = new Map<string, string[]>()
  for (const { type, value } of [...subject].flatMap((attributes) => [...attributes])) {
    values.set(type, [...(values.get(type) ?? []), value.toString()])
  }
  return values
}

function alternativeNamesOf(extension: ArrayBuffer | undefined): ParsedCertificate['alternativeNames'] {
  const names = extension === undefined ? [] : [...AsnConvert.parse(extension, SubjectAlternativeName)]
  return {
    otherName: names.flatMap(({ otherName }) => (otherName?.typeId === otherNameId ? [textOf(otherName.value)] : [])),
    dns: names.flatMap(({ dNSName }) => dNSName ?? []),
    email: names.flatMap(({ rfc822Name }) => rfc822Name ?? []),
    ip: names.flatMap(({ iPAddress }) => iPAddress ?? []),
  }
}

/** The text in an other name, a string type of ASN.1 of at most 127 bytes; identifiers are short. */
function textOf(value: ArrayBuffer): string {
  const bytes = Buffer.from(value)
  const [type = 0, length = 0] = bytes
  const isText = [0x0c, 0x13, 0x16].includes(type) && length < 0x80 && bytes.length === 2 + length
  if (!isText) throw new NodeError('identity.chain_invalid', { detail: 'an other name is no short text' })
  return bytes.subarray(2).toString('utf8')
}

function keyUsageOf(extension: ArrayBuffer): NonNullable<ParsedCertificate['keyUsage']> {
  const bits = AsnConvert.parse(extension, KeyUsage).toNumber()
  return {
    digitalSignature: (bits & KeyUsageFlags.digitalSignature) !== 0,
    keyCertSign: (bits & KeyUsageFlags.keyCertSign) !== 0,
    cRLSign: (bits & KeyUsageFlags.cRLSign) !== 0,
  }
}

function listAddressesOf(extension: ArrayBuffer): readonly string[] {
  return [...AsnConvert.parse(extension, CRLDistributionPoints)].flatMap(({ distributionPoint }) =>
    distributionPoint === undefined ? [] : addressesOf(distributionPoint),
  )
}

/** The addresses of a place of revocation lists; it can have names of other kinds too. */
export function addressesOf({ fullName = [] }: DistributionPointName): readonly string[] {
  return fullName.flatMap(({ uniformResourceIdentifier }) => uniformResourceIdentifier ?? [])
}
