import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { packageFile } from '../../node/kernel/package-root.js'
import type { NodeClient } from '../../scripts/demo/node-client.js'
import type { Participant } from '../../scripts/demo/participants.js'
import { recordId, toewijzingChange } from './gemeente-register.js'

/** The register of its cases that a gemeente of `gemeenteCalled` has. */
export const toewijzingen = 'toewijzingsregister'

/** A gemeente for a region, with this gemeentecode and an empty register of toewijzingen. */
export function gemeenteCalled(name: string, id: string): Participant {
  return {
    name,
    publicPort: 0,
    tlsPort: 0,
    internalPort: 0,
    organization: { name: `Gemeente ${name}`, city: 'Voorbeeldstad', id, id_type: 'gemeentecode', role: 'gemeente' },
    desks: [],
    sources: [{ name: toewijzingen, kind: 'register', schema: 'toewijzingsregister-1', pack: toewijzingen }],
  }
}

/** Writes the one case of gemeente 9996, which is there from the first of 2026, or changes whose it is and when it ends. */
export async function keepOwnCase(
  gemeente: NodeClient,
  subject: string,
  { bsn, until }: { readonly bsn: string; readonly until: string | null },
): Promise<void> {
  const [clientID, besluitID, from] = [recordId('a', 1), recordId('b', 1), '2026-01-01']
  const besluit = {
    besluitID,
    clientID,
    domein: 'WMO',
    gemeente: '9996',
    afgiftedatum: from,
    ingangsdatum: from,
    einddatum: until,
  }
  await gemeente.call('POST', `/internal/bronnet/v1/registers/${subject}/${toewijzingen}/changes`, {
    by: 'test',
    changes: [
      { type: 'Client', record: { clientID, bsn } },
      { type: 'Besluit', record: besluit },
      toewijzingChange({ number: 1, besluitID, aanbieder: '06999901', from, until }),
    ],
  })
}

const seedSchema = z.object({ wlzIndicatie: z.array(z.looseObject({ client: z.looseObject({}) })) })

/** Gives a person an indicatie at CIZ, like the first of the demonstration. Its wlzindicatieID. */
export async function giveIndicatie(ciz: NodeClient, bsn: string): Promise<string> {
  const seed = await readFile(packageFile('scripts', 'demo', 'seed', 'indicatieregister.json'), 'utf8')
  const [first] = seedSchema.parse(JSON.parse(seed)).wlzIndicatie
  const wlzindicatieID = recordId('c', 99)
  const record = { ...first, wlzindicatieID, bsn, client: { ...first?.client, bsn } }
  await ciz.call('POST', '/internal/bronnet/v1/registers/ciz/indicatieregister/changes', {
    by: 'test',
    changes: [{ type: 'WlzIndicatie', record }],
  })
  return wlzindicatieID
}
