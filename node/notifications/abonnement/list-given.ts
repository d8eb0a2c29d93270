import type { z } from 'zod'
import type { Store } from '../../stores/contracts.js'
import type { abonnementPageQuerySchema, givenAbonnementPageSchema } from '../../../schemas/wire/abonnement.js'
import { toAnswer } from './abonnement-desk.js'
import { abonnementen } from './abonnement-records.js'

/** A page of the abonnementen that others have at a party, for its administrators: who has them, and never whom they follow. */
export type ListGivenAbonnementen = (
  party: string,
  page: z.output<typeof abonnementPageQuerySchema>,
) => Promise<z.output<typeof givenAbonnementPageSchema>>

export function createListGivenAbonnementen({
  store,
}: {
  readonly store: Pick<Store, 'records'>
}): ListGivenAbonnementen {
  return async (party, { after, limit }) => {
    const page = await store.records.list(abonnementen, {
      prefix: [party],
      limit,
      ...(after === undefined ? {} : { after }),
    })
    return {
      abonnementen: page.items.map(({ value }) => ({ ...toAnswer(value), role: value.abonnee.role })),
      ...(page.next === undefined ? {} : { next: page.next }),
    }
  }
}
