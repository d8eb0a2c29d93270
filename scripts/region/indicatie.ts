import { addDays } from '../../node/policy/day.js'
import type { Draw } from './draw.js'
import { drawAddress } from './people.js'
import type { Person } from './people.js'

export interface DrawnIndicatie {
  readonly wlzindicatieID: string
  readonly record: Record<string, unknown>
}

/** A wlzIndicatie (decision that somebody has a right to long-term care) with its parts, as the indicatieregister has it. */
export function drawIndicatie(
  draw: Draw,
  about: { readonly person: Person; readonly number: number; readonly zorgkantoor: string; readonly start: string },
): DrawnIndicatie {
  const { person, number, zorgkantoor, start } = about
  const wlzindicatieID = draw.uuid()
  const zzpCode = draw.pick(['013', '021', '031', '044', '051', '063'])
  return {
    wlzindicatieID,
    record: {
      wlzindicatieID,
      bsn: person.bsn,
      besluitnummer: 1_000_000 + number,
      soortWlzindicatie: '1',
      afgiftedatum: addDays(start, -20),
      ingangsdatum: start,
      einddatum: null,
      meerzorg: draw.pick(['1', '2']),
      initieelVerantwoordelijkZorgkantoor: zorgkantoor,
      vervaldatum: null,
      grondslag: [{ grondslagID: draw.uuid(), grondslag: draw.pick(['01', '03', '05']), volgorde: 1 }],
      geindiceerdZorgzwaartepakket: [
        {
          geindiceerdZorgzwaartepakketID: draw.uuid(),
          zzpCode,
          ingangsdatum: start,
          einddatum: null,
          voorkeurClient: draw.pick(['1', '2', null]),
          financiering: '1',
        },
      ],
      beperking: [
        {
          beperkingID: draw.uuid(),
          categorie: '01',
          beperkingScore: [{ beperkingScoreID: draw.uuid(), beperkingVraag: '001', beperkingScore: '1' }],
        },
      ],
      stoornis: [
        {
          stoornisID: draw.uuid(),
          grondslag: '01',
          diagnoseCodelijst: '01',
          ziektebeeldStoornis: draw.pick(['001', '002', '003']),
        },
      ],
      wzd: { wzdID: draw.uuid(), wzdVerklaring: '1', ingangsdatum: start, einddatum: null },
      client: {
        clientID: draw.uuid(),
        bsn: person.bsn,
        geheimeClient: '2',
        geboorteDatum: person.birthday,
        geboortedatumGebruik: '0',
        geslacht: person.geslacht,
        geslachtsnaam: person.geslachtsnaam,
        voornamen: person.voornamen,
        naamGebruik: '1',
        agbcodeHuisarts: '01019990',
        contactPersoon: [],
        contactGegevens: [contactGegevens(draw, start)],
      },
    },
  }
}

function contactGegevens(draw: Draw, ingangsdatum: string): Record<string, unknown> {
  const { straatnaam, huisnummer, postcode, plaatsnaam } = drawAddress(draw)
  return {
    contactGegevensID: draw.uuid(),
    adres: {
      adresID: draw.uuid(),
      adresSoort: '01',
      straatnaam,
      huisnummer,
      postcode,
      plaatsnaam,
      landCode: 'NL',
      ingangsdatum,
      einddatum: null,
    },
    email: { emailID: draw.uuid(), emailadres: 'iemand@example.org', ingangsdatum, einddatum: null },
  }
}
