import { X509Certificate } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { parseCertificate } from '../../../node/identity/x509-certificate.js'
import { prepareCertificates } from '../../../scripts/demo/certificates.js'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bronnet-certificates-'))
})
afterEach(() => rm(directory, { recursive: true }))

const read = async (file: string): Promise<X509Certificate> => new X509Certificate(await readFile(file, 'utf8'))

describe('the certificates of a region', () => {
  test('are for this machine only, of one authority that signs nothing else', async () => {
    const { authority, of } = await prepareCertificates(directory, ['ciz', 'huisarts'])
    const issuer = await read(authority)
    expect([issuer.ca, issuer.verify(issuer.publicKey)]).toEqual([true, true])
    for (const name of ['ciz', 'huisarts']) {
      const certificate = await read(of(name).certificate)
      expect([certificate.ca, certificate.checkIssued(issuer), certificate.verify(issuer.publicKey)]).toEqual([
        false,
        true,
        true,
      ])
      expect(certificate.subjectAltName).toBe('DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1')
      expect(parseCertificate(certificate.raw).unknownCritical).toEqual([])
      expect((await stat(of(name).key)).mode & 0o777).toBe(0o600)
    }
    // The key of the authority is nowhere.
    expect((await readdir(directory, { recursive: true })).sort()).toEqual(
      ['ca.pem', 'tls', 'tls/ciz.key', 'tls/ciz.pem', 'tls/huisarts.key', 'tls/huisarts.pem'].sort(),
    )
  })

  test('stay, and are made anew together when one is missing or broken', async () => {
    const { authority, of } = await prepareCertificates(directory, ['ciz'])
    const first = await readFile(authority, 'utf8')
    await prepareCertificates(directory, ['ciz'])
    expect(await readFile(authority, 'utf8')).toBe(first)
    await prepareCertificates(directory, ['ciz', 'huisarts'])
    const second = await readFile(authority, 'utf8')
    expect(second).not.toBe(first)
    await writeFile(of('ciz').certificate, 'niets')
    await prepareCertificates(directory, ['ciz', 'huisarts'])
    expect(await readFile(authority, 'utf8')).not.toBe(second)
    expect((await read(of('ciz').certificate)).verify((await read(authority)).publicKey)).toBe(true)
  })
})
