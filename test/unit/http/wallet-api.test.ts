import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { problem, startComposedNode, type ComposedNode } from './composed.js'
import { createCredentialCalls, idOf, issuing } from './credential-calls.js'

let running: ComposedNode
beforeAll(async () => {
  running = await startComposedNode()
})
afterAll(() => running.end())

const { postJson, issueMembership, issueRegistration } = createCredentialCalls(() => running)
const wallet = '/internal/vcr/v2/holder/noord/vc'
const own = '/internal/bronnet/v1/subjects/noord/credentials'

describe('a wallet', () => {
  test('takes credentials of both formats, finds, shows and removes them', async () => {
    const [compact, object] = [await issueMembership(), await issueRegistration()]
    for (const credential of [compact, object]) {
      const added = await postJson(wallet, credential)
      expect([added.status, added.text]).toEqual([204, ''])
      expect(problem(await postJson(wallet, credential))).toMatchObject({ status: 409, code: 'credential-exists' })
    }
    expect((await running.inside('GET', wallet)).json).toEqual(expect.arrayContaining([compact, object]))

    const search = async (query: string) => (await running.inside('GET', `${wallet}/search${query}`)).json
    expect(await search('?credentialType=LedenadministratieCredential')).toEqual({
      verifiableCredentials: [{ verifiableCredential: compact }],
    })
    expect(await search(`?issuer=${encodeURIComponent(running.dids.noord)}`)).toEqual({
      verifiableCredentials: [{ verifiableCredential: object }],
    })
    expect((await running.inside('GET', `${wallet}/search?type=x`)).status).toBe(400)

    expect((await running.inside('GET', own)).json).toEqual({
      credentials: expect.arrayContaining([
        expect.objectContaining({ id: idOf(compact), type: 'LedenadministratieCredential', usable: true }),
      ]),
    })
    const shown = await running.inside('GET', `${own}/${encodeURIComponent(String(object['id']))}`)
    expect(shown.json).toMatchObject({ credential: object, content: { id: object['id'] }, format: 'ldp_vc' })

    // nuts-node v6 names the holder by its DID here.
    const byDid = `/internal/vcr/v2/holder/${encodeURIComponent(running.dids.noord)}/vc`
    for (const [path, id] of [
      [byDid, idOf(compact)],
      [wallet, String(object['id'])],
    ]) {
      const one = `${path}/${encodeURIComponent(String(id))}`
      expect((await running.inside('DELETE', one)).status).toBe(204)
      expect(problem(await running.inside('DELETE', one))).toMatchObject({ status: 404, code: 'credential-not-found' })
    }
    expect(problem(await running.inside('GET', `${own}/x`))).toMatchObject({ status: 404 })
  })

  test('says which credential cannot be shown, and why', async () => {
    const compact = await issueMembership({ withStatusList2021Revocation: true })
    await postJson(wallet, compact)
    await running.inside('DELETE', `${issuing}/${encodeURIComponent(idOf(compact))}`)
    const { json } = await running.inside('GET', `${own}/${encodeURIComponent(idOf(compact))}`)
    expect(json).toMatchObject({ usable: false, reason: expect.stringContaining('revoked') })
    await running.inside('DELETE', `${wallet}/${encodeURIComponent(idOf(compact))}`)
  })

  test('does not take what is about another', async () => {
    const reply = await postJson('/internal/vcr/v2/holder/ciz/vc', await issueMembership())
    expect(problem(reply)).toMatchObject({ status: 400, code: 'credential-subject-mismatch' })
  })

  test.each<[string, unknown]>([
    ['an object', { a: 1 }],
    ['null', null],
    ['a list', []],
    ['a text', 'x'],
  ])('does not take %s', async (_, body) => {
    expect(problem(await postJson(wallet, body))).toMatchObject({ status: 400, code: 'credential-malformed' })
  })

  test.each(['/internal/vcr/v2/holder/vreemd/vc', '/internal/vcr/v2/holder/did%3Aweb%3Ax.example/vc'])(
    'of a stranger is not shown: %s',
    async (path) => {
      expect(problem(await running.inside('GET', path))).toMatchObject({ status: 404, code: 'party-unknown' })
    },
  )

  test('explains what a definition needs', async () => {
    const definition = {
      id: 'lid',
      input_descriptors: [
        {
          id: 'member',
          constraints: {
            fields: [
              {
                id: 'role',
                path: ['$.credentialSubject[0].organization.role'],
                filter: { type: 'string', const: 'gemeente' },
              },
            ],
          },
        },
      ],
    }
    await postJson(wallet, await issueMembership())
    const explain = (body: object) => running.inside('POST', `${own}/explain`, body)
    const { status, json } = await explain({ definition })
    expect(status).toBe(200)
    expect(json).toMatchObject({
      fulfilled: false,
      descriptors: [{ id: 'member', credentials: [{ fits: false, faults: [{ kind: 'mismatch', field: 'role' }] }] }],
      text: expect.arrayContaining(['The wallet does not fulfil the definition lid.']),
    })
    const scope = {
      authorization_server: `${running.publicUrl}/oauth2/ciz`,
      scope: 'registers/wlzindicatieregister/indicaties/indicatie:read',
    }
    expect((await explain(scope)).json).toMatchObject({ descriptors: expect.any(Array), text: expect.any(Array) })
    const selection = { definition, credential_selection: { rol: 'x' } }
    for (const [body, code] of [
      [selection, 'bad-parameters'],
      [{}, 'bad-body'],
      [{ definition: { id: 'x' } }, 'bad-body'],
      [
        { definition: { ...definition, submission_requirements: [{ rule: 'all', from: 'x' }] } },
        'definition-unsupported',
      ],
    ] as const) {
      expect(problem(await explain(body))).toMatchObject({ status: 400, code })
    }
  })
})
