import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'

/** A certificate and its key, PEM. */
export interface TestCertificate {
  readonly cert: string
  readonly key: string
}

/**
 * Makes an X.509 v3 certificate with a fresh P-256 key, without any tool beside Node. Valid from 2020 to 2049.
 *
 * Signed by `issuer`, which must come from this function too, or by itself and then fit to sign others.
 */
export function createTestCertificate(options: {
  readonly commonName: string
  readonly issuer?: { readonly commonName: string; readonly certificate: TestCertificate }
  readonly dnsNames?: readonly string[]
  readonly ipv4Addresses?: readonly string[]
}): TestCertificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const issuerName = options.issuer?.commonName ?? options.commonName
  const issuerKey = options.issuer === undefined ? privateKey : createPrivateKey(options.issuer.certificate.key)
  const certificate = signed(
    der(
      0x30,
      der(0xa0, der(0x02, Buffer.of(2))),
      der(0x02, Buffer.concat([Buffer.of(1), randomBytes(8)])),
      ecdsaWithSha256,
      name(issuerName),
      der(0x30, time('200101000000Z'), time('491231235959Z')),
      name(options.commonName),
      publicKey.export({ type: 'spki', format: 'der' }),
      der(0xa3, der(0x30, ...extensions(options))),
    ),
    issuerKey,
  )
  const lines = certificate.toString('base64').replace(/.{64}/g, '$&\n')
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}

function extensions(options: {
  readonly issuer?: unknown
  readonly dnsNames?: readonly string[]
  readonly ipv4Addresses?: readonly string[]
}): readonly Buffer[] {
  const isAuthority = options.issuer === undefined ? der(0x01, Buffer.of(0xff)) : Buffer.alloc(0)
  const basicConstraints = der(0x30, objectId('551d13'), der(0x01, Buffer.of(0xff)), der(0x04, der(0x30, isAuthority)))
  const names = [
    ...(options.dnsNames ?? []).map((dnsName) => der(0x82, Buffer.from(dnsName, 'ascii'))),
    ...(options.ipv4Addresses ?? []).map((address) => der(0x87, Buffer.from(address.split('.').map(Number)))),
  ]
  return names.length === 0
    ? [basicConstraints]
    : [basicConstraints, der(0x30, objectId('551d11'), der(0x04, der(0x30, ...names)))]
}

function signed(body: Buffer, key: KeyObject): Buffer {
  const signature = sign('sha256', body, { key, dsaEncoding: 'der' })
  return der(0x30, body, ecdsaWithSha256, der(0x03, Buffer.of(0), signature))
}

function name(commonName: string): Buffer {
  return der(0x30, der(0x31, der(0x30, objectId('550403'), der(0x0c, Buffer.from(commonName, 'utf8')))))
}

function time(text: string): Buffer {
  return der(0x17, Buffer.from(text, 'ascii'))
}

function objectId(hex: string): Buffer {
  return der(0x06, Buffer.from(hex, 'hex'))
}

/** One value of the Distinguished Encoding Rules: tag, length, contents. */
function der(tag: number, ...contents: readonly Buffer[]): Buffer {
  const body = Buffer.concat(contents)
  const length =
    body.length < 0x80
      ? [body.length]
      : body.length < 0x100
        ? [0x81, body.length]
        : [0x82, body.length >> 8, body.length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...length]), body])
}

const ecdsaWithSha256 = der(0x30, objectId('2a8648ce3d040302'))
