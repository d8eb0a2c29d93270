import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createAuthority, readAuthority, type ProvenClaim } from '../../../../node/discovery/index/authority.js'
import { NodeError } from '../../../../node/kernel/errors.js'
import { authorityTableSchema } from '../../../../schemas/authority.js'
import { rejectionOf } from '../../../support/refusals.js'

const stelselbeheerder = 'did:web:stelselbeheerder.example'
const indicatieregister = 'https://istandaarden.nl/iwlz/informatiemodel/indicatieregister/2'
const wmo = 'https://istandaarden.nl/iwmo/3.2'
const gemeente = (code: string): string => `https://identifier.overheid.nl/tooi/id/gemeente/gm${code}`

const member = (organization: object, issuer = stelselbeheerder): ProvenClaim => ({
  type: 'LedenadministratieCredential',
  issuer,
  subject: { id: 'did:web:lid.example', organization },
})
const ciz = member({ role: 'ciz', id: '62253778', id_type: 'kvk' })
const voorbeeldstad = member({ role: 'gemeente', id: '9999', id_type: 'gemeentecode' })

const rows = [
  {
    product: 'https://istandaarden.nl/iwlz/informatiemodel/indicatieregister/*',
    credential: 'LedenadministratieCredential',
    issuers: [stelselbeheerder],
    where: { 'organization.role': 'ciz' },
  },
  {
    product: wmo,
    credential: 'LedenadministratieCredential',
    where: { 'organization.role': ['gemeente'], 'organization.id_type': 'gemeentecode' },
    spatial: 'https://identifier.overheid.nl/tooi/id/gemeente/gm{organization.id}',
  },
]
const table = (changes: object = {}) => authorityTableSchema.parse({ version: 3, products: rows, ...changes })
const authority = createAuthority(table())
const dataset = (conformsTo: string, ...spatial: string[]) => ({ conformsTo: [conformsTo], spatial })

describe('a claim to hold data that the table names', () => {
  test('is proven by the credential that the table asks for', () => {
    expect(authority.judge(dataset(indicatieregister), [ciz])).toEqual({ kind: 'proven' })
  })

  test.each([
    ['nobody vouches for the publisher', []],
    ['it has another role', [voorbeeldstad]],
    ['another issuer says it', [member({ role: 'ciz' }, 'did:web:iemand.example')]],
    ['the credential is of another type', [{ ...ciz, type: 'NutsOrganizationCredential' }]],
    ['the claim is no text', [member({ role: ['ciz'] })]],
  ])('is refused when %s', (_, claims) => {
    expect(authority.judge(dataset(indicatieregister), claims)).toEqual({
      kind: 'refused',
      reason: 'authority.not_proven',
      product: indicatieregister,
    })
  })

  test('is refused when two credentials only together say what the table asks', () => {
    const halves = [member({ role: 'gemeente' }), member({ id_type: 'gemeentecode', id: '9999' })]
    expect(authority.judge(dataset(wmo, gemeente('9999')), halves).kind).toBe('refused')
  })

  test('counts for the region of the credential only', () => {
    expect(authority.judge(dataset(wmo, gemeente('9999')), [voorbeeldstad]).kind).toBe('proven')
    expect(authority.judge(dataset(wmo, gemeente('9998')), [voorbeeldstad]).kind).toBe('refused')
    expect(authority.judge(dataset(wmo, gemeente('9999'), gemeente('9998')), [voorbeeldstad]).kind).toBe('refused')
    expect(authority.judge(dataset(wmo), [voorbeeldstad]).kind).toBe('refused')
  })

  test('is refused when the code in the credential would make another kind of name', () => {
    const odd = member({ role: 'gemeente', id_type: 'gemeentecode', id: '9999/../gm9998' })
    expect(authority.judge(dataset(wmo, gemeente('9999/../gm9998')), [odd]).kind).toBe('refused')
  })

  test('must be proven for every product that the dataset names', () => {
    const both = { conformsTo: [wmo, indicatieregister], spatial: [gemeente('9999')] }
    expect(authority.judge(both, [voorbeeldstad])).toMatchObject({ kind: 'refused', product: indicatieregister })
    expect(authority.judge(both, [voorbeeldstad, ciz]).kind).toBe('proven')
  })

  test('is judged by the row with its very name before one that fits many', () => {
    const open = { product: indicatieregister, credential: 'LedenadministratieCredential' }
    const more = createAuthority(table({ products: [...rows, open] }))
    expect(more.judge(dataset(indicatieregister), [voorbeeldstad]).kind).toBe('proven')
    expect(more.judge(dataset(`${indicatieregister}.1`), [voorbeeldstad]).kind).toBe('refused')
  })
})

describe('a claim that no row is about', () => {
  const unknown = dataset('https://voorbeeld.example/model')

  test('is refused, with its own reason', () => {
    expect(authority.judge(unknown, [ciz])).toEqual({ kind: 'refused', reason: 'authority.unnamed' })
  })

  test('is shown as guarded by nobody where the table says so', () => {
    expect(createAuthority(table({ others: 'show' })).judge(unknown, [])).toEqual({ kind: 'unguarded' })
  })

  test('is shown as guarded by nobody when there is no table', () => {
    expect(createAuthority(undefined).judge(dataset(indicatieregister), [])).toEqual({ kind: 'unguarded' })
  })
})

describe('the file of the table', () => {
  let directory = ''
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'bronnet-authority-'))
  })
  afterAll(() => rm(directory, { recursive: true }))

  async function write(text: string): Promise<string> {
    const file = join(directory, 'authority.json')
    await writeFile(file, text)
    return file
  }

  test('is read, with its version', async () => {
    expect((await readAuthority(await write(JSON.stringify({ version: 7, products: rows })))).version).toBe(7)
  })

  test.each([
    ['no JSON', '{'],
    ['a row without a credential type', JSON.stringify({ version: 1, products: [{ product: 'https://a.example/b' }] })],
    ['a member that does not exist', JSON.stringify({ version: 1, products: [], standard: 'x' })],
  ])('stops the start when it holds %s', async (_, text) => {
    const file = await write(text)
    const refusal = await rejectionOf(readAuthority(file))
    expect(NodeError.codeOf(refusal)).toBe('config.invalid')
    expect(NodeError.is(refusal) && refusal.notes[0]).toContain('discovery.index.authority')
  })

  test('stops the start when it is not there', async () => {
    expect(NodeError.codeOf(await rejectionOf(readAuthority(join(directory, 'elsewhere.json'))))).toBe('config.invalid')
  })
})
