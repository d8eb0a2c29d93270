import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { checkConfiguration } from '../../../node/config.js'
import { parseAuthorizedKeys } from '../../../node/http/sign-in/authorized-keys.js'
import { parsePrivateKeyFile } from '../../../node/identity/ssh-private-key.js'
import { sshFingerprint, toSshPublicKey } from '../../../node/identity/ssh-public-key.js'
import { goodAnswers as good, init, settingsIn } from '../../support/run-init.js'

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bronnet-init-callers-'))
})
afterAll(() => rm(directory, { recursive: true, force: true }))

describe('what callers and others may do with a node that was set up', () => {
  const internalOf = async (place: string) => checkConfiguration(await settingsIn(place)).configuration.http.internal

  test('the first administrator signs in with a key that nobody else can read, and that is listed', async () => {
    const place = join(directory, 'beheerder')
    const { faults, output } = await init([...good, '--directory', place, '--administrator', 'jansen@voorbeeld.nl'])
    expect(faults).toEqual([])
    expect(await internalOf(place)).toMatchObject({ auth: { type: 'token_v2', audience: 'node.voorbeeld.nl' } })
    const file = join(place, 'secrets', 'administrator.key')
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    const { key, comment } = parsePrivateKeyFile(await readFile(file, 'utf8'))
    expect(comment).toBe('jansen@voorbeeld.nl')
    const { keys, faults: broken } = parseAuthorizedKeys(await readFile(join(place, 'authorized_keys'), 'utf8'))
    expect([keys, broken]).toMatchObject([[{ user: 'jansen@voorbeeld.nl', role: 'administrator' }], []])
    expect(keys[0]?.ids[0]).toBe(sshFingerprint(toSshPublicKey(key)))
    expect(output).toContain(`export BRONNET_SIGN_IN_KEY=${file}`)
  })

  test('the key stays when the settings are written over, and a list that is gone is made for it', async () => {
    const place = join(directory, 'opnieuw')
    await init([...good, '--directory', place])
    const key = await readFile(join(place, 'secrets', 'administrator.key'), 'utf8')
    const list = await readFile(join(place, 'authorized_keys'), 'utf8')
    await rm(join(place, 'authorized_keys'))
    expect((await init([...good, '--directory', place, '--force'])).faults).toEqual([])
    expect(await readFile(join(place, 'secrets', 'administrator.key'), 'utf8')).toBe(key)
    expect(await readFile(join(place, 'authorized_keys'), 'utf8')).toBe(list)
  })

  test('nobody is asked where that was said, and then only this machine may reach it', async () => {
    const place = join(directory, 'niemand')
    const words = [...good, '--administrator', 'none']
    expect((await init([...words, '--directory', place])).faults).toEqual([])
    expect(await internalOf(place)).toEqual({ host: '127.0.0.1', port: 8081, names: [] })
    expect((await readdir(place)).sort()).toEqual(['node.yaml', 'secrets'])
    const others = ['--directory', join(directory, 'anderen'), '--internal-host', '0.0.0.0']
    expect((await init([...words, ...others])).faults).toEqual([
      'these answers do not go together; nothing was written',
      expect.stringMatching(/^http\.internal\.auth: strictmode demands sign-in/),
    ])
    expect((await init([...good, ...others])).faults).toEqual([])
  })

  test('others are told and asked as was answered', async () => {
    const place = join(directory, 'melden')
    const { faults } = await init([
      ...[...good, '--directory', place, '--source', 'a=indicatieregister-2', '--source', 'b=bemiddelingsregister-1'],
      ...['--authorizations', 'yes', '--notifications', 'yes', '--tracing', 'http://localhost:4318/v1/traces'],
    ])
    expect(faults).toEqual([])
    const { parties, tracing } = checkConfiguration(await settingsIn(place)).configuration
    expect(parties[0]?.sources.map(({ authorizations }) => authorizations)).toEqual([true, undefined])
    expect(parties[0]?.notifications).toBeDefined()
    expect(tracing.url).toBe('http://localhost:4318/v1/traces')
  })

  test('authorizations need a register whose pack has rules for them', async () => {
    const words = [...good, '--directory', join(directory, 'geen'), '--authorizations', 'yes']
    expect((await init([...words, '--source', 'b=bemiddelingsregister-1'])).faults).toEqual([
      '--authorizations: no pack of these registers has rules to give authorizations by',
    ])
    expect((await init(words)).faults).toEqual(['--authorizations: has no meaning beside the other answers'])
  })
})
