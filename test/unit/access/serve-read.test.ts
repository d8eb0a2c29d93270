import { beforeEach, describe, expect, test } from '@jest/globals'
import { recordUndecidedRead } from '../../../node/access/serve-read.js'
import { NodeError } from '../../../node/kernel/errors.js'
import type { Decide } from '../../../node/policy/decide.js'
import { createProfiles } from '../../../node/policy/profiles.js'
import type { Condition } from '../../../node/policy/question.js'
import { createReadWorld, own, trace, type ReadWorld } from '../../support/read-world.js'
import { rejectionOf } from '../../support/refusals.js'
import { scope } from '../../support/token-world.js'
import { decision } from '../policy/example.js'

let world: ReadWorld

beforeEach(async () => {
  world = await createReadWorld()
})

describe('a guarded read', () => {
  test('answers with the rule that gave leave', async () => {
    expect(await world.read()).toEqual({
      answer: {
        data: `{"wlzIndicatie":[{"wlzindicatieID":"${own.id}","bsn":"999990019"}]}`,
        recordCount: 1,
        persons: ['999990019'],
      },
      rule: 'UCIR-0001.v1',
      time: expect.any(Number),
    })
  })

  test('says in the journal what was left out of the answer', async () => {
    const decide: Decide = async (questions) =>
      questions.map(() => ({ ...decision('VB-0001.v1'), narrowing: { paths: ['wlzindicatieID'] } }))
    expect((await world.read(own, { decide })).answer.data).toBe(`{"wlzIndicatie":[{"wlzindicatieID":"${own.id}"}]}`)
    expect((await world.events()).at(-1)?.object).toMatchObject({ withheld: ['bsn'] })
  })

  test('is decided on the scopes of the token as they count now', async () => {
    const asked: (readonly string[])[] = []
    const decide: Decide = async (questions) => {
      asked.push(...questions.map(({ context }) => context.scopes))
      return questions.map(() => decision('VB-0001.v1'))
    }
    await world.read(own, { decide })
    // The pack was read anew, and has the scope of the token no more.
    await world.read(own, { decide, profilesOf: () => createProfiles([]) })
    expect(asked).toEqual([[scope], []])
  })

  test('journals the decision before it reads, and the outcome before it answers', async () => {
    await world.read()
    expect(world.happened).toEqual(['read.decided', 'read', 'read.answered', 'answer'])
  })

  test('journals who asked what under which rule, and the outcome with the number of its decision', async () => {
    await world.read()
    const journal = await world.node.audit.read({ after: 0, limit: 100 })
    const decided = journal.find(({ event }) => event.code === 'read.decided')
    const about = {
      action: 'read',
      outcome: 'success',
      party: 'ciz',
      actor: {
        did: world.member.did,
        organization: 'Zorgkantoor Noord',
        role: 'zorgkantoor',
        identifier: 'uzovi:5999',
      },
      rule: 'UCIR-0001.v1',
      purpose: 'WLZ_UITVOERING',
      grondslag: 'Wet langdurige zorg; Regeling langdurige zorg artikel 7.1 (geldend)',
      evidence: world.grantOfZorgkantoor.record.evidence,
      trace,
    }
    const object = {
      source: 'indicatieregister',
      operation: 'wlzIndicatie',
      template: expect.any(String),
      filters: { wlzindicatieID: expect.any(String), initieelVerantwoordelijkZorgkantoor: expect.any(String) },
      fields: ['WlzIndicatie.bsn', 'WlzIndicatie.initieelVerantwoordelijkZorgkantoor', 'WlzIndicatie.wlzindicatieID'],
      scope,
    }
    expect(await world.events()).toEqual([
      { ...about, code: 'read.decided', phase: 'intent', checks: { authorization: true }, object },
      {
        ...about,
        code: 'read.answered',
        phase: 'outcome',
        persons: [world.node.audit.pseudonym('bsn', '999990019')],
        object: { ...object, recordCount: 1 },
        decision: decided?.number,
      },
    ])
  })

  test('journals values of filters as pseudonyms only, the same for the same value', async () => {
    await world.read()
    await world.read()
    await world.read({ ...own, id: '53089759-97a5-4a50-b1c9-bae97b8e73f1' })
    const pseudonyms = (await world.events())
      .filter(({ code }) => code === 'read.decided')
      .map(({ object }) => object?.filters?.['wlzindicatieID'])
    expect(pseudonyms[0]).toBe(world.node.audit.pseudonym('wlzindicatieID', own.id))
    expect(pseudonyms[1]).toBe(pseudonyms[0])
    expect(pseudonyms[2]).not.toBe(pseudonyms[0])
    const journal = JSON.stringify(await world.node.journal())
    for (const value of [own.id, '999990019']) expect(journal).not.toContain(value)
    expect(await world.dump()).toContain(own.id)
  })

  test('of what is not there is answered and accounted for as well', async () => {
    const { answer } = await world.read({ ...own, id: '53089759-97a5-4a50-b1c9-bae97b8e73f1' })
    expect(answer).toEqual({ data: '{"wlzIndicatie":[]}', recordCount: 0, persons: [] })
    expect((await world.events()).at(-1)).toMatchObject({
      code: 'read.answered',
      object: { recordCount: 0 },
    })
  })
})

describe('a read that the policy denies', () => {
  test('does not reach the source, and says which rule refused and why', async () => {
    const refusal = await rejectionOf(world.read({ ...own, kantoor: '5998' }))
    expect([refusal.code, refusal.notes]).toEqual([
      'access.denied',
      ['UCIR-0001.v1: wat: the filter initieelVerantwoordelijkZorgkantoor must be your own uzovi'],
    ])
    expect(world.happened).toEqual(['read.decided'])
  })

  test('is in the journal with each person that it names, also in a list', async () => {
    const value = ['999990019', '999990135', '999990019']
    // Other registers take lists here.
    const where: Condition = { kind: 'compare', path: 'bsn', field: 'WlzIndicatie.bsn', operator: 'in', value }
    const request = { ...world.request(), filters: [], where }
    expect((await rejectionOf(world.read(own, { request }))).code).toBe('access.denied')
    const [listed] = await world.events()
    await world.read()
    const persons = (await world.events()).at(-1)?.persons ?? []
    expect([listed?.persons?.length, persons.length]).toEqual([2, 1])
    expect(listed?.persons).toEqual(expect.arrayContaining([...persons]))
    expect(JSON.stringify(listed)).not.toContain('999990')
  })

  test('is in the journal with rule and reasons', async () => {
    await rejectionOf(world.read({ ...own, kantoor: '5998' }))
    const [decided, ...more] = await world.events()
    expect(decided).toMatchObject({
      code: 'read.decided',
      outcome: 'refused',
      rule: 'UCIR-0001.v1',
      reasons: ['wat: the filter initieelVerantwoordelijkZorgkantoor must be your own uzovi'],
      object: { source: 'indicatieregister', scope },
    })
    expect(decided).not.toHaveProperty('purpose')
    expect(more).toEqual([])
  })

  test.each([
    ['no decision', []],
    ['a decision too many', ['yes', 'yes']],
    ['a decision too many that denies', ['yes', 'no']],
  ])('because of %s is in the journal as refused', async (_what, answers) => {
    const decisions = answers.map((answer) => ({
      permitted: answer === 'yes',
      rule: 'TEST-0001.v1',
      reasons: [],
      purpose: undefined,
      grondslag: undefined,
      weighed: [],
    }))
    const refusal = await rejectionOf(world.read(own, { decide: () => Promise.resolve(decisions) }))
    expect(refusal.code).toBe('access.denied')
    expect(world.happened).toEqual(['read.decided'])
    expect(await world.events()).toMatchObject([{ outcome: 'refused' }])
  })
})

describe('a read that nobody decided on', () => {
  const broken: readonly (readonly [string, Decide])[] = [
    ['is refused when the policy does not answer', () => Promise.reject(new NodeError('policy.unavailable'))],
    [
      'is refused when the policy breaks',
      () => {
        throw new NodeError('policy.unavailable')
      },
    ],
  ]

  test.each(broken)('%s, and that is in the journal', async (_how, undecided) => {
    expect((await rejectionOf(world.read(own, { decide: undecided }))).code).toBe('policy.unavailable')
    expect(world.happened).toEqual(['read.failed'])
    const [failed] = await world.events()
    expect(failed).toMatchObject({ outcome: 'failed', error: 'policy.unavailable', actor: { did: world.member.did } })
    expect(failed).not.toHaveProperty('rule')
  })
})

describe('a read that is refused before there is anything to decide', () => {
  test('is in the journal with who asked and why', async () => {
    const cause = new NodeError('source.bad_request', { notes: Array.from({ length: 30 }, () => 'no such field') })
    const refused = { party: 'ciz', source: 'indicatieregister', grant: world.grantOfZorgkantoor, trace, cause }
    await recordUndecidedRead(world.node.audit, refused)
    expect((await world.node.journal()).at(-1)).toEqual({
      code: 'read.refused',
      action: 'read',
      outcome: 'refused',
      party: 'ciz',
      actor: expect.objectContaining({ did: world.member.did, identifier: 'uzovi:5999' }),
      object: { source: 'indicatieregister' },
      error: 'source.bad_request',
      reasons: Array.from({ length: 20 }, () => 'no such field'),
      trace,
    })
  })

  test('or fails, when the source did not answer, is no refusal in the journal', async () => {
    for (const code of ['source.failed', 'source.timed_out', 'credential.status_unavailable'] as const) {
      const failed = { party: 'ciz', source: 'x', grant: world.grantOfZorgkantoor, trace, cause: new NodeError(code) }
      await recordUndecidedRead(world.node.audit, failed)
      expect((await world.node.journal()).at(-1)).toMatchObject({ code: 'read.failed', outcome: 'failed', error: code })
    }
  })

  test('by nobody that is known names nobody', async () => {
    const cause = new NodeError('token.invalid')
    await recordUndecidedRead(world.node.audit, { party: 'ciz', source: 'x', grant: undefined, trace, cause })
    const event = (await world.node.journal()).at(-1)
    expect(event).toMatchObject({ code: 'read.refused', error: 'token.invalid' })
    expect(event).not.toHaveProperty('actor')
    expect(event).not.toHaveProperty('reasons')
  })
})
