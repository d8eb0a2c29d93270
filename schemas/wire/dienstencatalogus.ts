import { z } from 'zod'

const text = z.string().min(1)

/** What a party tells others of. @see iWlz RFC0029; what it has no member for is ours: `ontvangerRol` and what follows */
export const dienstencatalogusSchema = z.strictObject({
  notificatieTypen: z
    .array(
      z.strictObject({
        organisatieId: text.describe('The DID of the party.'),
        notificatieTypeID: text.describe('The event type, as `createAbonnement` takes it.'),
        notificatieType: text.describe('`IWLZ_VERPLICHT`: always sent; the others: by abonnement or agreement.'),
        notificatieDoel: text.describe('For whom, in the words of RFC0029.'),
        notificatieOmschrijving: z.string(),
        idTypeAbonnee: text.describe('By which kind of number receivers are usually known.'),
        eventType: text.describe('`CREATE`, `UPDATE` or `ALL`.'),
        objectIDType: text.describe('Which key the changed record has.'),
        ontvangerRol: text.describe('For whom, as the role of a member.'),
        grondslag: z.strictObject({ text: text.describe('Law and article.'), status: text }),
        cloudEventsType: text.describe('Its name as a CloudEvent.'),
        dataset: text.describe('The dataset that changes.'),
      }),
    )
    .readonly(),
})
export type DienstencatalogusData = z.output<typeof dienstencatalogusSchema>
