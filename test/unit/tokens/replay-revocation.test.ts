import { expect, test } from '@jest/globals'
import type { AuditEvent } from '../../../node/audit/event.js'
import { replayRevocation } from '../../../node/tokens/replay-revocation.js'
import { createTokenWorld, tokenRequest } from '../../support/token-world.js'

const revoked: AuditEvent = {
  code: 'token.revoked',
  action: 'delete',
  outcome: 'success',
  party: 'ciz',
  trace: { traceId: '0123456789abcdef0123456789abcdef', spanId: '0123456789abcdef' },
}

test('a token that the journal knows to be revoked is out of a restored store, and stays so when that is done again', async () => {
  const { grant, node, tokenStore, ...world } = await createTokenWorld({ keepPresentations: true })
  const request = tokenRequest({ grant, node, tokenStore, ...world })
  const { access_token } = await grant(request)
  const granted = await tokenStore.find(access_token)
  if (granted === undefined) throw new Error('there is no token')
  for (let time = 0; time < 2; time += 1) {
    await node.store.write([...(await replayRevocation({ ...revoked, object: { token: granted.id } }))])
    expect(await tokenStore.find(access_token)).toBeUndefined()
    expect(await tokenStore.findShown(granted)).toBeUndefined()
  }
})

test('an account that names no token ends none', async () => {
  expect(await replayRevocation(revoked)).toEqual([])
  expect(await replayRevocation({ ...revoked, object: { scope: 'een' } })).toEqual([])
})
