import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { checkConfiguration } from '../../../node/config.js'
import { discoveryDefinition } from '../../../scripts/demo/discovery-definition.js'
import { startPostgres, type PostgresServer } from '../../support/postgres.js'
import { goodAnswers as good, init, settingsIn, type Outcome } from '../../support/run-init.js'
import { createTestCertificate } from '../../support/test-certificates.js'

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bronnet-init-unit-'))
})
afterAll(() => rm(directory, { recursive: true, force: true }))

describe('bronnet init at a terminal', () => {
  test('asks what it must know, says what is wrong with an answer, and asks it again', async () => {
    const place = join(directory, 'gevraagd')
    const lines = [
      ...['', 'Zorgaanbieder Proef', 'Proefstad', 'dokter', 'zorgaanbieder'],
      ...['agb:1', 'agb:06999903', 'bsn:999990019', ''],
      ...['', 'http://node.voorbeeld.nl', 'https://10.0.0.1', 'https://node.voorbeeld.nl', 'proxy', ''],
      ...['', '', '8080', '70000', '8081', 'jan #1', 'jansen', '', '', ''],
      ...['', '', '', '', '', '', 'yes'],
    ]
    const { status, asked, faults } = await init(['--directory', place], lines)
    expect([status, faults]).toEqual([0, []])
    for (const told of [
      'What is the node for (production, development)? [production]',
      'give one of stelselbeheerder, ciz,',
      'this is not a well-formed agb',
      'give a kind and a number, such as kvk:90000380',
      'for real use it must begin with https://',
      'give a host name: the DIDs of a node cannot hold an address',
      'this is the port for others: give another',
      'give a port from 1 to 65535',
      'give a name without # and ends of lines',
    ])
      expect(asked).toContain(told)
    expect(asked).not.toContain('999990019')
    expect(await settingsIn(place)).toMatchObject({
      strictmode: true,
      url: 'https://node.voorbeeld.nl',
      http: {
        public: { port: 8080, clientAddressHeader: 'X-Forwarded-For' },
        internal: {
          host: '127.0.0.1',
          port: 8081,
          auth: { type: 'token_v2', audience: 'node.voorbeeld.nl', authorizedKeysPath: join(place, 'authorized_keys') },
        },
      },
      storage: { url: `level:${join(place, 'data')}` },
      parties: [{ subject: 'zorgaanbieder-proef' }],
    })
    expect(JSON.parse(await readFile(join(place, 'membership.json'), 'utf8'))).toMatchObject({
      organization: {
        name: 'Zorgaanbieder Proef',
        city: 'Proefstad',
        id_type: 'agb',
        id: '06999903',
        role: 'zorgaanbieder',
      },
    })
  })

  test('does not ask what an option or the file with answers said', async () => {
    const place = join(directory, 'half')
    const answers = join(directory, 'half.json')
    await writeFile(answers, JSON.stringify({ organization: 'Proef', use: 'development', 'public-port': 9080 }))
    const { status, asked } = await init(
      ['--directory', place, '--answers', answers, '--subject', 'proef', '--internal-port', '9081'],
      ['', '', '', '', '', '', '', '', '', '', '', '', 'no', 'weet niet'],
    )
    expect(status).toBe(1)
    for (const not of ['Name of the organisation', 'What is the node for', 'Short name', 'Port for'])
      expect(asked).not.toContain(not)
    await expect(readdir(place)).rejects.toThrow('ENOENT')
  })

  test('says before the first question that there are settings already', async () => {
    const place = join(directory, 'er al')
    await init([...good, '--directory', place])
    const { status, asked, faults } = await init(['--directory', place], ['', ''])
    expect([status, asked]).toEqual([64, ''])
    expect(faults).toEqual([expect.stringMatching(/node\.yaml is there already: give another --directory, or --force/)])
    expect((await init(['--directory', place, '--force'], [''])).asked).toContain('What is the node for')
  })

  test('gives keys a place of their own beside a database', async () => {
    const place = join(directory, 'database')
    const storage = ['--storage', 'postgresql://bronnet@127.0.0.1:1/x', '--offline']
    await init([...good, ...storage, '--directory', place])
    expect(await settingsIn(place)).toMatchObject({ keys: { store: 'file', directory: join(place, 'keys') } })
  })

  test('makes a short name of a name with accents', async () => {
    const place = join(directory, 'accenten')
    await init([
      '--yes',
      '--organization',
      'Zorg Één & Curaçao',
      '--url',
      'https://node.voorbeeld.nl',
      '--directory',
      place,
    ])
    expect(await settingsIn(place)).toMatchObject({ parties: [{ subject: 'zorg-een-curacao' }] })
  })

  test('warns of a passphrase that everybody on the machine can read, and not of one that it made', async () => {
    const file = join(directory, 'open')
    await writeFile(file, 'een wachtzin om te proberen\n', { mode: 0o644 })
    const words = [...good, '--directory', join(directory, 'open-wachtzin'), '--passphrase-file', file]
    expect((await init(words)).output).toContain(`Beware: ${file} can be read by everybody on this machine`)
    expect((await init([...good, '--directory', join(directory, 'eigen-wachtzin')])).output).not.toContain('Beware')
  })

  test('prints its next steps as it was called itself', async () => {
    const place = join(directory, 'npx')
    const words = [...good, '--directory', place]
    const { output } = await init(words, undefined, { calledAs: 'npx bronnet' })
    expect(output).toMatch(/^npx bronnet start --config /m)
    expect(output).not.toMatch(/^bronnet /m)
    // Who asks who calls is signed in to before a command needs it.
    expect(output.indexOf('export BRONNET_SIGN_IN_KEY')).toBeLessThan(output.indexOf('npx bronnet doctor'))
  })

  test('writes nothing when somebody stops half-way', async () => {
    const place = join(directory, 'gestopt')
    const { status, faults } = await init(['--directory', place], ['', 'Proef'])
    expect([status, faults]).toEqual([1, ['stopped; nothing was written']])
    await expect(readdir(place)).rejects.toThrow('ENOENT')
  })

  test('tells whose credentials the definition of a network counts before it asks whom to trust', async () => {
    const definition = join(directory, 'netwerk.json')
    const issuer = 'did:web:stelsel.voorbeeld.nl:iam:1'
    const endpoint = 'https://stelsel.voorbeeld.nl/discovery/proef'
    await writeFile(definition, JSON.stringify(discoveryDefinition({ id: 'proef', endpoint, issuer })))
    const place = join(directory, 'netwerk')
    const { status, asked } = await init(
      [
        '--directory',
        place,
        '--organization',
        'Proef',
        '--url',
        'https://node.voorbeeld.nl',
        '--discovery',
        definition,
      ],
      [...Array.from({ length: 14 }, () => ''), `LedenadministratieCredential=${issuer}`, '', '', '', '', '', ''],
    )
    expect(asked).toContain(`the definition counts only LedenadministratieCredential of ${issuer}`)
    expect(status).toBe(0)
    expect(await settingsIn(place)).toMatchObject({
      trust: { LedenadministratieCredential: [issuer] },
      discovery: { definitions: join(place, 'discovery'), registrations: [{ service: 'proef', subject: 'proef' }] },
    })
    expect(await readdir(join(place, 'discovery'))).toEqual(['proef.json'])
  })
})

describe('bronnet init without a terminal', () => {
  test.each([
    [['--identifier', 'agb:1'], '--identifier: this is not a well-formed agb'],
    [['--identifier', 'kvk:62253778'], undefined],
    [
      ['--identifier', 'oin:00000099000000001000'],
      '--identifier: this OIN is set aside for tests, and a network for real use refuses it',
    ],
    [['--identifier', 'oin:00000003622537780000'], undefined],
    [['--role', 'koning'], expect.stringContaining('--role: give one of')],
    [['--internal-port', '8080'], '--internal-port: this is the port for others: give another'],
    [['--certificate', 'cert.pem'], '--certificate: has no meaning beside the other answers'],
    [['--vault-address', 'https://vault'], '--vault-address: has no meaning beside the other answers'],
    [['--demo', '.demo'], '--demo: has no meaning beside the other answers'],
    [['--storage', 'sqlite:x'], '--storage: give level:<directory> or postgresql://<user>@<host>/<database>'],
    [['--storage', 'postgresql://bronnet:geheim@db/x'], expect.stringContaining('without the password')],
    [
      ['--storage', 'postgresql://bronnet@127.0.0.1:1/x'],
      expect.stringContaining('--storage: the database was tried: The server cannot be reached'),
    ],
    [['--discovery', '/nergens.json'], '--discovery: discovery.definitions: nergens.json cannot be read'],
    [['--trust', 'X=did:web:a'], expect.stringContaining('--trust: give TYPE=DID')],
    [['--trust', 'NutsOrganizationCredential=iemand'], '--trust: behind = stands the DID whose credentials count'],
    [['--policies', '/nergens'], expect.stringContaining('--policies: /nergens')],
    [['--source', 'a=niets-1'], expect.stringContaining('--source: there is a pack for')],
    [
      ['--source', 'a=indicatieregister-2@x'],
      '--source: behind @ stands the URL of its GraphQL endpoint, or the base URL of its FHIR server',
    ],
    [['--source', 'a=fhir-r4'], '--source: behind @ must stand the base URL of its FHIR server'],
    [['--source', 'a=indicatieregister-2', '--contact', 'x'], '--contact: this is not an e-mail address'],
  ])('%j', async (words, fault) => {
    const { faults, output } = await init([
      ...good,
      '--directory',
      join(directory, words.join('').replace(/\W/g, '')),
      ...words,
    ])
    if (fault === undefined) expect([faults, output]).toEqual([[], expect.stringContaining('is set up')])
    else expect(faults).toEqual([fault])
    expect(faults.join()).not.toContain('geheim')
  })

  test('tells every fault at once, and each missing answer with its option', async () => {
    const { faults } = await init(['--identifier', 'uzovi:x', '--role', 'koning'])
    expect(faults).toContain('--identifier: this is not a well-formed uzovi')
    expect(
      faults.filter((fault) => fault.startsWith('no answer to organization: give --organization NAME')),
    ).toHaveLength(1)
    expect(
      faults.filter((fault) => fault.startsWith('no answer to use:') && fault.endsWith('or --yes for what is usual')),
    ).toHaveLength(1)
  })

  test.each([
    ['organizations: x', '--answers: there is no question organizations'],
    ['identifier: { kvk: 1 }', '--answers: identifier: must be a text or a list of texts'],
    ['- x', expect.stringMatching(/^--answers: /)],
    ['x: [', '--answers: the file does not hold YAML or JSON'],
  ])('refuses a file with answers that holds %j', async (text, fault) => {
    const file = join(directory, 'slecht.yaml')
    await writeFile(file, text)
    expect(await init(['--yes', '--answers', file])).toMatchObject({ status: 64, faults: [fault] })
  })

  test('looks whether certificate and key belong together and are for the host of the URL', async () => {
    const mine = createTestCertificate({ commonName: 'x', dnsNames: ['node.voorbeeld.nl'] })
    const other = createTestCertificate({ commonName: 'y', dnsNames: ['elders.voorbeeld.nl'] })
    for (const [name, text] of Object.entries({
      mine: mine.cert,
      key: mine.key,
      other: other.cert,
      otherKey: other.key,
    }))
      await writeFile(join(directory, `${name}.pem`), text)
    const withFiles = (certificate: string, key: string): Promise<Outcome> =>
      init([
        ...[...good, '--tls', 'node', '--directory', join(directory, `tls-${certificate}-${key}`)],
        ...['--certificate', join(directory, `${certificate}.pem`), '--certificate-key', join(directory, `${key}.pem`)],
      ])
    expect((await withFiles('mine', 'otherKey')).faults).toEqual([
      '--certificate-key: the certificate is of another key',
    ])
    expect((await withFiles('other', 'otherKey')).faults).toEqual([
      '--certificate-key: the certificate is not for node.voorbeeld.nl',
    ])
    expect((await withFiles('mine', 'key')).faults).toEqual([])
  })

  test('writes sources that the schema takes, also one that is there already', async () => {
    const place = join(directory, 'bronnen')
    const header = join(directory, 'header')
    await writeFile(header, 'Bearer proef\n')
    const { faults } = await init([
      ...[...good, '--directory', place, '--source', 'a=indicatieregister-2', '--contact', 'a@voorbeeld.nl'],
      ...['--source', 'b=bemiddelingsregister-1@https://register.intern/graphql', '--source-header', `b=${header}`],
      ...['--source', 'c=fhir-r4@https://fhir.intern/r4'],
    ])
    expect(faults).toEqual([])
    const { configuration } = checkConfiguration(await settingsIn(place))
    expect(configuration.parties[0]?.sources).toMatchObject([
      { name: 'a', kind: 'register', pack: 'indicatieregister' },
      { name: 'b', kind: 'graphql', pack: 'bemiddelingsregister', upstream: { headerFile: header } },
      { name: 'c', kind: 'fhir', pack: 'patientsamenvatting', upstream: { url: 'https://fhir.intern/r4' } },
    ])
    expect(configuration.parties[0]?.catalogue).toMatchObject({ contact: 'a@voorbeeld.nl' })
  })
})

describe('bronnet init with PostgreSQL', () => {
  let server: PostgresServer
  beforeAll(async () => {
    server = await startPostgres()
  })
  afterAll(() => server.destroy())

  test('tries the database, changes nothing in it, and says what keeps a store in it from lasting', async () => {
    const url = await server.createSchema()
    const words = ['--yes', '--organization', 'Proef', '--url', 'https://node.voorbeeld.nl', '--storage', url.reveal()]
    expect((await init([...words, '--directory', join(directory, 'pg')])).faults).toEqual([])
    expect(await server.run('select tablename from pg_tables where schemaname = current_schema()', url)).toEqual([])
    await server.run("alter role bronnet set synchronous_commit = 'off'")
    expect((await init([...words, '--directory', join(directory, 'pg-uit')])).faults).toEqual([
      '--storage: the database answers, but synchronous_commit is off: switch it on for this database',
    ])
    await server.run('alter role bronnet reset synchronous_commit')
  })
})
