import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import type { Credential } from '../../../node/credentials/credential.js'
import { createIssuer, type IssueRequest } from '../../../node/credentials/issue.js'
import { VerifiedCredential } from '../../../node/credentials/verify-credential.js'
import type { Party } from '../../../node/identity/party.js'
import { put, type Collection, type Store } from '../../../node/stores/contracts.js'
import { createMemoryStore } from '../../../node/stores/memory.js'
import {
  autorisatieSubject,
  claimsOf,
  createTestIdentity,
  memberSubject,
  testStart,
  type TestIdentity,
} from '../../support/credentials.js'
import { goodSubjects } from '../../support/credential-examples.js'
import { rejectionOf } from '../../support/refusals.js'

const subjectDid = 'did:web:noord.example:iam:1'
const day = 86_400_000

const type = 'NutsOrganizationCredential'
const subject = { id: subjectDid, organization: { name: 'Zorgkantoor Noord', city: 'Noordstad' } }

let identity: TestIdentity
let party: Party

beforeAll(async () => {
  identity = await createTestIdentity()
})

beforeEach(async () => {
  party = await identity.parties.create({ subject: `issuer-${String((await identity.parties.list()).length)}` })
})

afterAll(() => identity.end())

function request(changes: Partial<IssueRequest> = {}): IssueRequest {
  return {
    issuer: party,
    type: 'LedenadministratieCredential',
    subject: memberSubject(subjectDid),
    expiresAt: testStart + 365 * day,
    ...changes,
  }
}

/** What the node keeps of the party's issuing: its list and its audit events. */
async function kept(): Promise<unknown> {
  const events = await identity.journal()
  return [await identity.issuer.list(party), events.filter((event) => event.party === party.subject)]
}

describe('issuing', () => {
  test('gives a token that our own verifier accepts', async () => {
    identity.trusted['LedenadministratieCredential'] = [party.did]
    const credential = await identity.issuer.issue(request())
    expect(credential).toMatchObject({
      issuer: party.did,
      subjectId: subjectDid,
      issuedAt: testStart,
      format: 'jwt_vc',
    })
    const verified = await identity.verifier.verify(identity.verifier.parse(credential.raw), {})
    expect(VerifiedCredential.is(verified)).toBe(true)
  })

  test('writes the claims as nuts-node v6 reads them', async () => {
    const { raw, id } = await identity.issuer.issue(request({ status: [] }))
    expect(claimsOf(raw)).toEqual({
      iss: party.did,
      sub: subjectDid,
      jti: id,
      nbf: testStart / 1000,
      iat: testStart / 1000,
      exp: (testStart + 365 * day) / 1000,
      vc: {
        '@context': ['https://www.w3.org/2018/credentials/v1'],
        type: ['VerifiableCredential', 'LedenadministratieCredential'],
        credentialSubject: [memberSubject(subjectDid)],
      },
    })
    expect(id).toMatch(new RegExp(`^${party.did}#[0-9a-f-]{36}$`))
  })

  test('keeps what was issued, as it left', async () => {
    const { id, raw } = await identity.issuer.issue(request())
    expect(await identity.issuer.list(party)).toEqual([
      {
        id,
        issuer: party.did,
        type: 'LedenadministratieCredential',
        subjectId: subjectDid,
        issuedAt: '2026-11-24T09:00:00Z',
        expiresAt: '2027-11-24T09:00:00Z',
        raw,
      },
    ])
  })

  test('is in the audit journal, without the subject', async () => {
    const trace = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) }
    const { id, statusEntries } = await identity.issuer.issue(request({ trace }))
    const events = (await identity.journal()).filter((event) => event.party === party.subject)
    expect(events.slice(1)).toEqual([
      {
        code: 'credential.issued',
        action: 'create',
        outcome: 'success',
        party: party.subject,
        actor: { did: party.did },
        object: {
          credential: id,
          credentialType: 'LedenadministratieCredential',
          // What is needed to take the places again when the store is an older one than the journal.
          status: statusEntries.map(({ statusListCredential: list, statusListIndex, statusPurpose: purpose }) => ({
            list,
            type: 'StatusList2021',
            index: Number(statusListIndex),
            purpose,
          })),
        },
        trace,
      },
    ])
  })

  test('writes record and audit event in one batch', async () => {
    const batches: (readonly string[])[] = []
    const store: Store = {
      ...identity.store,
      write(operations) {
        batches.push(operations.map(({ kind }) => kind))
        return identity.store.write(operations)
      },
    }
    await createIssuer({ ...identity, store }).issue(request())
    expect(batches).toEqual([['put', 'put', 'put', 'put', 'put', 'append']])
  })

  test('gives a membership a place where it can be revoked and one where it can be suspended', async () => {
    const { id, statusEntries } = await identity.issuer.issue(request())
    expect(statusEntries).toMatchObject([{ statusPurpose: 'revocation' }, { statusPurpose: 'suspension' }])
    await identity.statusLists.revoke({ party, credentialId: id })
  })

  test('writes a single place as an object, as nuts-node v6 does', async () => {
    const { raw } = await identity.issuer.issue(
      request({ status: [{ list: 'StatusList2021', purpose: 'revocation' }] }),
    )
    expect(claimsOf(raw)['vc']).toMatchObject({ credentialStatus: { type: 'StatusList2021Entry' } })
  })

  test('as an object that cannot be revoked says nothing of a status, and one that can does', async () => {
    const object = { format: 'ldp_vc', type, subject, contexts: ['https://nuts.nl/credentials/v1'] } as const
    const [plain, revocable] = [
      await identity.issuer.issue(request({ ...object, status: [] })),
      await identity.issuer.issue(request(object)),
    ]
    expect(plain.object).not.toHaveProperty('credentialStatus')
    expect(revocable.object).toHaveProperty('credentialStatus')
    identity.trusted[type] = [party.did]
    for (const { object } of [plain, revocable]) {
      const verified = await identity.verifier.verify(identity.verifier.parse(object), {})
      expect(VerifiedCredential.is(verified)).toBe(true)
    }
  })

  test('spells a grant as its type does, whatever the caller wrote', async () => {
    const given = { ...autorisatieSubject(subjectDid), legalBase: { consentType: 'implied' } }
    const issued = await identity.issuer.issue(request({ type: 'AutorisatieCredential', subject: given }))
    expect(issued.subject).toMatchObject({ legalBase: { consentType: 'implicit' } })
  })

  test('by a rule names the rule in the journal, and is one batch with what is written alongside', async () => {
    const notes: Collection<{ readonly of: string }> = { name: 'notes' }
    const alongside = ({ id }: Credential) => [put(notes, ['note'], { of: id })]
    const { id } = await identity.issuer.issue(request({ rule: 'QIR-0001', alongside }))
    expect((await identity.store.records.get(notes, ['note']))?.value).toEqual({ of: id })
    expect((await identity.journal()).at(-1)).toMatchObject({ code: 'credential.issued', rule: 'QIR-0001' })
    const taken = () => [put(notes, ['note'], { of: 'another' }, { expected: 'absent' })]
    const before = await kept()
    expect((await rejectionOf(identity.issuer.issue(request({ alongside: taken })))).code).toBe('store.conflict')
    expect(await kept()).toEqual(before)
  })

  test('of many at the same moment gives each of them places of its own', async () => {
    const issued = await Promise.all(Array.from({ length: 12 }, () => identity.issuer.issue(request())))
    const places = issued.flatMap(({ statusEntries }) => statusEntries.map(({ id }) => id))
    expect(new Set(places).size).toBe(24)
  })

  test('gives nothing away when it cannot be written', async () => {
    const store = createMemoryStore(identity)
    await store.close()
    expect((await rejectionOf(createIssuer({ ...identity, store }).issue(request()))).code).toBe('store.unavailable')
  })

  test('to the last whole second is the same in token, record and credential', async () => {
    const { raw, expiresAt } = await identity.issuer.issue(request({ expiresAt: testStart + 1999 }))
    const [issued] = await identity.issuer.list(party)
    expect([claimsOf(raw)['exp'], expiresAt, issued?.expiresAt]).toEqual([
      testStart / 1000 + 1,
      testStart + 1000,
      '2026-11-24T09:00:01Z',
    ])
  })

  test.each([
    ['in the past', testStart - day],
    ['now', testStart],
    ['within this second', testStart + 999],
    ['that is no time', Number.NaN],
  ])('with an end %s is refused and leaves nothing', async (_, expiresAt) => {
    const before = await kept()
    const refusal = await rejectionOf(identity.issuer.issue(request({ expiresAt })))
    expect(refusal.code).toBe('request.bad_parameters')
    expect(await kept()).toEqual(before)
  })

  test.each<[string, Partial<IssueRequest>, string]>([
    ['of an unknown type', { type: 'OtherCredential' }, 'credential.type_unknown'],
    [
      'of a kind that the node keeps itself',
      { type: 'StatusList2021Credential', subject: goodSubjects(subjectDid)['StatusList2021Credential'] ?? {} },
      'credential.rule_broken',
    ],
    ['of the base type', { type: 'VerifiableCredential' }, 'credential.type_unknown'],
    ['about nobody', { subject: { ...memberSubject(subjectDid), id: undefined } }, 'credential.rule_broken'],
    [
      'that breaks the rules of its type',
      { subject: memberSubject(subjectDid, { id: '599' }) },
      'credential.rule_broken',
    ],
    [
      'in which somebody else would speak about itself',
      { type: 'DiscoveryRegistrationCredential', subject: { id: subjectDid, authServerURL: 'https://a.example' } },
      'credential.rule_broken',
    ],
    [
      'with text that other parsers refuse',
      { subject: memberSubject(subjectDid, { name: 'Noord\u0000' }) },
      'credential.malformed',
    ],
  ])('%s is refused and leaves nothing', async (_, changes, code) => {
    const before = await kept()
    expect((await rejectionOf(identity.issuer.issue(request(changes)))).code).toBe(code)
    expect(await kept()).toEqual(before)
  })

  test('leaves no number of a person anywhere, also when it is refused', async () => {
    const subject = { ...autorisatieSubject(subjectDid), bsn: '999990019' }
    const refusal = await rejectionOf(identity.issuer.issue(request({ type: 'AutorisatieCredential', subject })))
    expect(refusal.code).toBe('credential.rule_broken')
    expect(`${refusal.message}${refusal.notes.join()}${JSON.stringify(await kept())}`).not.toContain('999990019')
  })
})

describe('the list of what a party issued', () => {
  test('is in the order of time, and of this party only', async () => {
    const other = await identity.parties.create({ subject: `${party.subject}-other` })
    const ids: string[] = []
    for (let count = 0; count < 5; count += 1) {
      await identity.issuer.issue(request({ issuer: other }))
      ids.push((await identity.issuer.issue(request())).id)
      identity.clock.move(1)
    }
    expect((await identity.issuer.list(party)).map(({ id }) => id)).toEqual(ids)
    identity.clock.move(-5)
  })
})
