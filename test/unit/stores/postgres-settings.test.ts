import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { Secret } from '../../../node/kernel/secret.js'
import { faultsOfPostgres, readPostgresSettings } from '../../../node/stores/postgres-settings.js'
import { startPostgres, type PostgresServer } from '../../support/postgres.js'
import { rejectionOf } from '../../support/refusals.js'

const good = {
  version: '18.1',
  isUnicode: true,
  fsync: true,
  synchronousCommit: true,
  fullPageWrites: true,
  isReadCommitted: true,
  mayCreate: true,
}

describe('what keeps a store from lasting', () => {
  test('is nothing in a database that is set as it should be', () => {
    expect(faultsOfPostgres(good)).toEqual([])
  })

  test.each([
    ['isUnicode', 'another encoding than UTF8'],
    ['fsync', 'fsync is off'],
    ['synchronousCommit', 'synchronous_commit is off'],
    ['fullPageWrites', 'full_page_writes is off'],
    ['isReadCommitted', 'default_transaction_isolation is not read committed'],
    ['mayCreate', 'the user may not make tables'],
  ])('is told when %s does not hold, and nothing else is', (setting, words) => {
    expect(faultsOfPostgres({ ...good, [setting]: false })).toEqual([expect.stringContaining(words)])
  })
})

describe('the settings of a database', () => {
  let server: PostgresServer
  let url: Secret

  beforeAll(async () => {
    server = await startPostgres()
    url = await server.createSchema()
  }, 60_000)
  afterAll(() => server.destroy())

  /** The same server, with another part of its URL. */
  function elsewhere(part: Partial<Pick<URL, 'pathname' | 'username' | 'port' | 'search'>>): Secret {
    return Secret.of(Object.assign(new URL(url.reveal()), part).href)
  }

  test('are those of a server as it is installed, with its version and nothing behind it', async () => {
    const { version, ...settings } = await readPostgresSettings(url)
    expect({ version: good.version, ...settings }).toEqual(good)
    expect(version).toMatch(/^\d+\.\d+$/)
  })

  test('are those that hold for who connects: encoding, waiting for the disk and isolation of this database', async () => {
    await server.run(`create database fast encoding 'LATIN1' locale 'C' template template0`)
    await server.run('alter database fast set synchronous_commit = off')
    await server.run(`alter database fast set default_transaction_isolation = 'serializable'`)
    const { version, ...settings } = await readPostgresSettings(elsewhere({ pathname: '/fast', search: '' }))
    expect({ version: good.version, ...settings }).toEqual({
      ...good,
      isUnicode: false,
      synchronousCommit: false,
      isReadCommitted: false,
    })
  })

  test('say that a user may not make tables where it has no right to, and where there is no schema', async () => {
    await server.run('create role reader login')
    expect(await readPostgresSettings(elsewhere({ username: 'reader' }))).toMatchObject({ mayCreate: false })
    const nowhere = new URL(url.reveal())
    nowhere.searchParams.set('options', '-c search_path=nowhere')
    expect(await readPostgresSettings(Secret.of(nowhere.href))).toMatchObject({ mayCreate: false })
  })

  test('cannot be read where nothing listens, and the refusal tells why', async () => {
    expect(await rejectionOf(readPostgresSettings(elsewhere({ port: '1' })))).toMatchObject({
      code: 'store.unavailable',
      notes: [expect.stringContaining('nothing listens')],
    })
  })
})
