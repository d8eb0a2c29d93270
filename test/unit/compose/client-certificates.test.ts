import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { openClientCertificates } from '../../../node/compose/client-certificates.js'
import { checkConfiguration } from '../../../node/config.js'
import type { BackgroundJob } from '../../../node/kernel/background.js'
import { createFixedClock } from '../../../node/kernel/clock.js'
import { createLog } from '../../../node/kernel/log.js'
import { createTestCertificate, type TestCertificate } from '../../support/test-certificates.js'

let directory: string
let lines: Record<string, unknown>[]
let jobs: BackgroundJob[]
/** The certificates that were shown, the newest last. */
let shown: string[]
let ends: number[]

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bronnet-client-'))
  lines = []
  jobs = []
  shown = []
  ends = []
})
afterEach(() => rm(directory, { recursive: true }))

const certificateOf = (commonName: string): TestCertificate => createTestCertificate({ commonName })

async function write({ cert, key }: Partial<TestCertificate>): Promise<void> {
  if (cert !== undefined) await writeFile(join(directory, 'client.pem'), cert)
  if (key !== undefined) await writeFile(join(directory, 'key.pem'), key)
}

function open(now = '2026-11-24T09:00:00Z') {
  const { configuration } = checkConfiguration({
    strictmode: false,
    url: 'http://localhost:1',
    parties: [
      {
        subject: 'ciz',
        clientCertificate: { certificate: join(directory, 'client.pem'), key: join(directory, 'key.pem') },
      },
      { subject: 'zonder' },
    ],
  })
  return openClientCertificates({
    configuration,
    clock: createFixedClock(Date.parse(now)),
    log: createLog({
      level: 'info',
      destination: { write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>) },
    }),
    background: { every: (job) => void jobs.push(job), runNow: () => Promise.resolve(), stop: () => Promise.resolve() },
    report: (end) => void ends.push(end),
    outboundAs({ cert }) {
      shown.push(String(cert))
      return { request: () => Promise.reject(new Error('nobody is called')), close: () => undefined }
    },
  })
}

const refresh = async (): Promise<void> => {
  for (const job of jobs) await job.run(new AbortController().signal)
}

test('a party calls with its certificate, one that was renewed from then on, and another party with none', async () => {
  const [first, next] = [certificateOf('een'), certificateOf('twee')]
  await write(first)
  const certificates = await open()
  const before = certificates.wayOf('ciz')
  expect([before === undefined, certificates.wayOf('zonder')]).toEqual([false, undefined])
  await refresh()
  expect(certificates.wayOf('ciz')).toBe(before)
  await write(next)
  await refresh()
  expect(certificates.wayOf('ciz')?.certificate).not.toBe(before?.certificate)
  expect(shown).toEqual([first.cert, next.cert])
  expect(lines).toMatchObject([{ msg: 'the client certificate of ciz was renewed' }])
  expect(new Set(ends)).toEqual(new Set([Date.parse('2049-12-31T23:59:59Z')]))
})

test('one that is half renewed or cannot be used leaves the one before it in place, and is told without its key', async () => {
  const [first, next] = [certificateOf('een'), certificateOf('twee')]
  await write(first)
  const certificates = await open()
  const before = certificates.wayOf('ciz')
  await write({ cert: next.cert })
  await refresh()
  await refresh()
  expect(certificates.wayOf('ciz')).toBe(before)
  expect(lines).toMatchObject([
    { level: 50, detail: 'parties: clientCertificate of ciz: the certificate is of another key' },
  ])
  expect(JSON.stringify(lines)).not.toContain('PRIVATE')
  await write(next)
  await refresh()
  expect(certificates.wayOf('ciz')).not.toBe(before)
})

test('one that ends within two weeks is warned of', async () => {
  await write(certificateOf('een'))
  await open('2049-12-24T00:00:00Z')
  expect(lines).toMatchObject([{ level: 40, msg: 'the client certificate of ciz ends soon or has ended' }])
})

test.each([
  ['there is no file', undefined, 'does not exist'],
  ['it is none', 'geen certificaat', 'there is no certificate in PEM'],
])('a node does not start when %s', async (_why, cert, note) => {
  await write({ key: certificateOf('een').key, ...(cert === undefined ? {} : { cert }) })
  await expect(open()).rejects.toMatchObject({ code: 'config.invalid', notes: [expect.stringContaining(note)] })
})
