import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createFixedClock, toRfc3339 } from '../../node/kernel/clock.js'
import { loadExamples } from '../../scripts/demo/examples.js'
import type { Member } from '../../scripts/demo/world.js'
import { accountOf } from '../support/journal.js'
import { createOutsider, type Outsider } from '../support/outsider.js'
import { startRegion, type Region } from '../support/region.js'

const indicatieScope = 'registers/wlzindicatieregister/indicaties/indicatie:read'
const autorisatieScope = 'registers/wlzindicatieregister/indicaties/autorisatie:read'
const organization = { name: 'Zorgkantoor Noord', city: 'Noordstad', id: '5999', id_type: 'uzovi', role: 'zorgkantoor' }
const { wlzindicatieID } = loadExamples()
const clock = createFixedClock(Date.parse('2026-11-24T09:00:00Z'))

let region: Region
let ciz: Member
let outsider: Outsider
let membership: string

beforeAll(async () => {
  region = await startRegion({ clock })
  ciz = region.world.member('ciz')
  outsider = createOutsider(clock)
  membership = await issue('stelselbeheerder', 'LedenadministratieCredential', { id: outsider.did, organization }, 365)
})

afterAll(() => region.end())

/** A credential that a party of the region really issues. */
async function issue(issuer: string, type: string, credentialSubject: object, validDays: number): Promise<string> {
  const member = region.world.member(issuer)
  const expirationDate = toRfc3339(clock.now() + validDays * 86_400_000)
  const body = { type, issuer: member.did, expirationDate, credentialSubject }
  return String(await member.administrator.call('POST', '/internal/vcr/v2/issuer/vc', body))
}

function autorisatieSubject(holder: string): Record<string, unknown> {
  return {
    id: holder,
    legalBase: { consentType: 'implicit' },
    purposeOfUse: 'WLZ_UITVOERING',
    resources: [{ path: `/wlzIndicatie/${wlzindicatieID}`, operations: ['query'], userContext: false }],
    localParameters: { fields: ['WlzIndicatie.wlzindicatieID'] },
  }
}

function submissionFor(scope: string): object {
  const descriptors = scope === indicatieScope ? ['lidmaatschap'] : ['lidmaatschap', 'autorisatie']
  return {
    id: 'submission',
    definition_id: scope === indicatieScope ? 'indicatieregister-lid' : 'indicatieregister-autorisatie',
    descriptor_map: descriptors.map((id, index) => ({
      id,
      format: 'jwt_vc',
      path: `$.verifiableCredential[${String(index)}]`,
    })),
  }
}

interface Answer {
  readonly status: number
  readonly body: Record<string, unknown>
}

async function requestToken(assertion: string, scope = indicatieScope): Promise<Answer> {
  const response = await fetch(`${ciz.authorizationServer}/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'vp_token-bearer',
      client_id: 'https://outsider.example/oauth2/outsider',
      assertion,
      presentation_submission: JSON.stringify(submissionFor(scope)),
      scope,
    }),
  })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

function goodPresentation(changes: Record<string, unknown> = {}): string {
  return outsider.present({ audience: ciz.authorizationServer, credentials: [membership], changes })
}

describe('a presentation for a token', () => {
  test('that is good gets a token, so the refusals below are for their own reason', async () => {
    const { status, body } = await requestToken(goodPresentation())
    expect(status).toBe(200)
    expect(body).toMatchObject({ token_type: 'Bearer', expires_in: 900, scope: indicatieScope })
  })

  const seconds = (offset: number): number => Math.floor(clock.now() / 1000) + offset
  const refusals: readonly (readonly [label: string, make: () => string, code: string])[] = [
    ['expired', () => goodPresentation({ nbf: seconds(-16), exp: seconds(-11) }), 'presentation.expired'],
    ['not valid yet', () => goodPresentation({ nbf: seconds(6), exp: seconds(11) }), 'presentation.not_yet_valid'],
    [
      'valid for longer than five seconds',
      () => goodPresentation({ nbf: seconds(-1), exp: seconds(5) }),
      'presentation.validity',
    ],
    [
      'made for another party',
      () => goodPresentation({ aud: region.world.member('zorgkantoor-noord').authorizationServer }),
      'presentation.audience',
    ],
    ['made for nobody', () => goodPresentation({ aud: undefined }), 'presentation.audience'],
    ['without a nonce', () => goodPresentation({ nonce: undefined }), 'presentation.malformed'],
    ['tampered with', () => tamper(goodPresentation()), 'presentation.signature'],
    [
      'of somebody else’s credential',
      () => createOutsider(clock).present({ audience: ciz.authorizationServer, credentials: [membership] }),
      'presentation.signer',
    ],
    [
      'signed by somebody else',
      () => createOutsider(clock).signJwt(claimsOf(goodPresentation()), { kid: `${outsider.did}#0` }),
      'presentation.signature',
    ],
    [
      'with a membership that it made itself',
      () => goodPresentation({ vp: envelope([selfMade()]) }),
      'presentation.unfulfilled',
    ],
    [
      'with a membership whose issuer it only names',
      () => goodPresentation({ vp: envelope([forged()]) }),
      'credential.signature',
    ],
    ['that is no JWT', () => 'nonsense', 'presentation.malformed'],
  ]

  test.each(refusals)(
    'that is %s gets no token, an OAuth error, and a line in the journal',
    async (_label, make, code) => {
      let answer: Answer | undefined
      const account = await accountOf(ciz, async () => {
        answer = await requestToken(make())
      })
      expect(answer).toMatchObject({
        status: 400,
        body: { error: 'invalid_request', error_description: expect.any(String) },
      })
      expect(answer?.body['access_token']).toBeUndefined()
      expect(account).toMatchObject([{ code: 'token.refused', outcome: 'refused', error: code }])
    },
  )

  test('is accepted once when fifty copies arrive together', async () => {
    const presentation = goodPresentation()
    const answers = await Promise.all(Array.from({ length: 50 }, () => requestToken(presentation)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(new Set(answers.filter(({ status }) => status !== 200).map(({ body }) => body['code']))).toEqual(
      new Set(['presentation-replayed']),
    )
  })

  test('is not accepted again as long as it could be valid', async () => {
    const presentation = goodPresentation()
    expect((await requestToken(presentation)).status).toBe(200)
    clock.move(9)
    expect((await requestToken(presentation)).body['code']).toBe('presentation-replayed')
    clock.move(1)
    expect((await requestToken(presentation)).body['code']).toBe('presentation-expired')
  })

  test('keeps its nonce when a bad one tried to spend it', async () => {
    const good = goodPresentation()
    expect((await requestToken(tamper(good))).status).toBe(400)
    expect((await requestToken(good)).status).toBe(200)
  })

  function selfMade(): string {
    return outsider.issue({ type: 'LedenadministratieCredential', subject: { id: outsider.did, organization } })
  }

  /** Says that the stelselbeheerder issued it, and names its key; the signature is the outsider's. */
  function forged(): string {
    const issuer = region.world.member('stelselbeheerder').did
    const { header } = decode(membership)
    return outsider.signJwt({ ...claimsOf(membership), iss: issuer, jti: `${issuer}#forged` }, header)
  }
})

describe('an AutorisatieCredential', () => {
  async function tokenWith(autorisatie: string): Promise<Answer> {
    return requestToken(
      outsider.present({ audience: ciz.authorizationServer, credentials: [membership, autorisatie] }),
      autorisatieScope,
    )
  }

  test('of the bronhouder for this holder opens the scope', async () => {
    const autorisatie = await issue('ciz', 'AutorisatieCredential', autorisatieSubject(outsider.did), 1)
    expect((await tokenWith(autorisatie)).status).toBe(200)
  })

  test('that the holder signed itself opens nothing', async () => {
    const own = outsider.issue({ type: 'AutorisatieCredential', subject: autorisatieSubject(outsider.did) })
    expect((await tokenWith(own)).body['code']).toBe('presentation-unfulfilled')
  })

  test('that only names the bronhouder as issuer opens nothing', async () => {
    const real = await issue('ciz', 'AutorisatieCredential', autorisatieSubject(outsider.did), 1)
    const { header } = decode(real)
    const wider = { ...claimsOf(real), jti: `${ciz.did}#forged` }
    expect((await tokenWith(outsider.signJwt(wider, header))).body['code']).toBe('credential-signature')
  })

  test('whose fields were widened after signing opens nothing', async () => {
    const [header, payload, signature] = (
      await issue('ciz', 'AutorisatieCredential', autorisatieSubject(outsider.did), 1)
    ).split('.')
    const widened = Buffer.from(payload ?? '', 'base64url')
      .toString()
      .replace('WlzIndicatie.wlzindicatieID', 'WlzIndicatie.bsn')
    const forged = [header, Buffer.from(widened).toString('base64url'), signature].join('.')
    expect((await tokenWith(forged)).body['code']).toBe('credential-signature')
  })

  test('of somebody else opens nothing', async () => {
    const others = await issue(
      'ciz',
      'AutorisatieCredential',
      autorisatieSubject(region.world.member('zorgaanbieder').did),
      1,
    )
    expect((await tokenWith(others)).body['code']).toBe('presentation-signer')
  })

  test('that has expired opens nothing', async () => {
    const autorisatie = await issue('ciz', 'AutorisatieCredential', autorisatieSubject(outsider.did), 1)
    clock.move(86_400)
    expect((await tokenWith(autorisatie)).body['code']).toBe('credential-expired')
  })
})

function envelope(credentials: readonly string[]): object {
  return {
    '@context': ['https://www.w3.org/2018/credentials/v1'],
    type: ['VerifiablePresentation'],
    verifiableCredential: credentials,
  }
}

function decode(compact: string): {
  readonly header: Record<string, unknown>
  readonly claims: Record<string, unknown>
} {
  const [header, claims] = compact.split('.', 2).map((part) => Buffer.from(part, 'base64url').toString())
  return {
    header: JSON.parse(header ?? '') as Record<string, unknown>,
    claims: JSON.parse(claims ?? '') as Record<string, unknown>,
  }
}

function claimsOf(compact: string): Record<string, unknown> {
  return decode(compact).claims
}

/** Another nonce under the same signature would be another presentation, so the signature itself is turned. */
function tamper(compact: string): string {
  const signatureAt = compact.lastIndexOf('.') + 1
  const signature = Buffer.from(compact.slice(signatureAt), 'base64url')
  signature[10] = (signature[10] ?? 0) ^ 1
  return compact.slice(0, signatureAt) + signature.toString('base64url')
}
