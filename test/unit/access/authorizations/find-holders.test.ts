import { describe, expect, test } from '@jest/globals'
import { readHolders, type FindHolder } from '../../../../node/access/authorizations/find-holders.js'
import type { Listing } from '../../../../node/discovery/listing.js'
import { makeListing } from '../../../support/listing.js'
import { zorgkantoor } from '../../../support/token-world.js'

const now = Date.parse('2026-11-24T09:00:00Z')

/** A party on a list: with a membership, until an hour from now, unless said otherwise. */
function listed(
  signer: string,
  changes: Partial<Listing> & { readonly type?: string; readonly organization?: object } = {},
): Listing {
  const { type, organization = zorgkantoor, ...rest } = changes
  return { ...makeListing({ signer, now, organization, ...(type === undefined ? {} : { type }) }), ...rest }
}

function holders(...lists: readonly (readonly Listing[])[]): Promise<FindHolder> {
  return readHolders({
    now,
    services: lists.map((_, at) => String(at)),
    async *listings(service) {
      yield* lists[Number(service)] ?? []
    },
  })
}

describe('the holder of a number', () => {
  test('is the one party that is listed with it in one of the roles, however often it is', async () => {
    const find = await holders([listed('did:web:noord.example')], [listed('did:web:noord.example')])
    expect(find('uzovi', '5999', ['ciz', 'zorgkantoor'])).toBe('did:web:noord.example')
    expect(find('uzovi', '5998', ['zorgkantoor'])).toBeUndefined()
    expect(find('agb', '5999', ['zorgkantoor'])).toBeUndefined()
    expect(find('uzovi', '5999', ['ciz'])).toBeUndefined()
  })

  test('is nobody when two are listed with it: neither is guessed', async () => {
    const find = await holders([listed('did:web:noord.example')], [listed('did:web:ander.example')])
    expect(find('uzovi', '5999', ['zorgkantoor'])).toBeUndefined()
  })

  test.each([
    ['whose listing has ended', { expiresAt: now }],
    ['who shows it in another credential', { type: 'NutsOrganizationCredential' }],
    ['whose membership names no number', { organization: { name: 'Zorgkantoor Noord' } }],
  ])('is not one %s', async (_what, changes) => {
    const find = await holders([listed('did:web:ander.example', changes), listed('did:web:noord.example')])
    expect(find('uzovi', '5999', ['zorgkantoor'])).toBe('did:web:noord.example')
  })
})
