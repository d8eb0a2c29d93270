import { beforeEach, describe, expect, test } from '@jest/globals'
import { createTokenWorld, outcomeOf, submission, tokenRequest, type TokenWorld } from '../../support/token-world.js'

let world: TokenWorld

beforeEach(async () => {
  world = await createTokenWorld()
})

const present = (changes: Record<string, unknown> = {}, credentials = [world.membership()]): string =>
  world.member.present({ audience: world.audience, credentials, changes })

const pointing = (path: string, more: object = {}): string =>
  JSON.stringify({ ...submission, descriptor_map: [{ id: 'lidmaatschap', format: 'jwt_vc', path, ...more }] })

const ask = (assertion: string, presentationSubmission = JSON.stringify(submission)): Promise<string> =>
  outcomeOf(world, tokenRequest(world, { parameters: { assertion, presentation_submission: presentationSubmission } }))

describe('nuts-17 a presentation in the form of nuts-node v6.2', () => {
  const old = (credentials: unknown) => ({
    iss: undefined,
    iat: undefined,
    vp: {
      '@context': ['https://www.w3.org/2018/credentials/v1'],
      type: 'VerifiablePresentation',
      holder: world.member.did,
      verifiableCredential: credentials,
    },
  })

  test('without iss and iat, with a holder and single values, is accepted', async () => {
    const [membership] = [world.membership()]
    expect(await ask(present(old(membership)), pointing('$.verifiableCredential'))).toBe('granted')
  })

  test('whose holder is another is refused', async () => {
    const changes = old(world.membership())
    const other = { ...changes, vp: { ...changes.vp, holder: 'did:web:ander.example.nl' } }
    expect(await ask(present(other), pointing('$.verifiableCredential'))).toBe('presentation.signer')
  })
})

describe('nuts-4.1 a list of presentations', () => {
  const first = '$[0].verifiableCredential[0]'

  test('of one is accepted, with a nested path or without', async () => {
    expect(await ask(JSON.stringify([present()]), pointing(first))).toBe('granted')
    const nested = {
      format: 'jwt_vp',
      path_nested: { id: 'lidmaatschap', format: 'jwt_vc', path: '$.verifiableCredential[0]' },
    }
    expect(await ask(JSON.stringify([present()]), pointing('$[0]', nested))).toBe('granted')
  })

  test('of two by one signer is accepted, and each of its nonces is spent', async () => {
    const [one, two] = [present({ nonce: 'een' }), present({ nonce: 'twee' })]
    expect(await ask(JSON.stringify([one, two]), pointing(first))).toBe('granted')
    expect(await ask(one)).toBe('token.replayed')
    expect(await ask(two)).toBe('token.replayed')
  })

  test('of two with one nonce is refused: it would be used twice', async () => {
    const nonce = { nonce: 'een' }
    expect(await ask(JSON.stringify([present(nonce), present(nonce)]), pointing(first))).toBe('token.replayed')
  })

  test.each<[string, () => readonly string[], string]>([
    ['none', () => [], 'presentation.malformed'],
    ['a second that expired', () => [present(), present({ nbf: 1, iat: 1, exp: 2 })], 'presentation.expired'],
    ['a second for another audience', () => [present(), present({ aud: 'ander' })], 'presentation.audience'],
    ['a second without a nonce', () => [present(), present({ nonce: undefined })], 'presentation.malformed'],
    [
      'a second whose signature is bad',
      () => [present(), `${present().slice(0, -8)}AAAAAAAA`],
      'presentation.signature',
    ],
  ])('with %s is refused', async (_what, presentations, code) => {
    expect(await ask(JSON.stringify(presentations()), pointing(first))).toBe(code)
  })
})

describe('nuts-19 what is stricter than nuts-node', () => {
  test('a credential that the submission does not point at, or not exactly, is not looked for', async () => {
    expect(await ask(present(), pointing('$.verifiableCredential[1]'))).toBe('presentation.submission')
    expect(await ask(present(), pointing('$.verifiableCredential[0]', { format: 'ldp_vc' }))).toBe(
      'presentation.submission',
    )
  })
})
