import { packageFile } from '../../node/kernel/package-root.js'
import type { ConfigurationInput } from '../../schemas/configuration.js'
import type { LedenadministratieSubject } from '../../schemas/credentials/ledenadministratie.js'
import type { RegisterName } from './region-records.js'

type Party = NonNullable<ConfigurationInput['parties']>[number]
type Source = NonNullable<Party['sources']>[number]

type Organization = LedenadministratieSubject['organization']

/** A participant of the demonstration region: fictitious, except that CIZ and CAK have their names and CIZ its KvK number. */
export interface Participant {
  /** Also the name of its subject and of its data directory. */
  readonly name: string
  readonly organization: Organization
  /** What it also is, each by a membership of its own: the desks of a gemeente that it acts as. */
  readonly desks: readonly Organization['role'][]
  /** What its node wants to be told of without anybody being obliged to. */
  readonly abonnementen?: NonNullable<NonNullable<Party['notifications']>['abonnementen']>
  readonly publicPort: number
  /** Of the same over TLS. */
  readonly tlsPort: number
  readonly internalPort: number
  readonly sources: readonly Source[]
  /** Whether rules count at it that wait for a change of law. */
  readonly sandbox?: boolean
}

/** The participant that issues memberships and hosts the discovery list. */
export const stelselbeheerderName = 'stelselbeheerder'

/** The discovery service that everybody is listed in. */
export const discoveryService = 'bronnet-demo'

function participant(
  name: string,
  firstPort: number,
  organization: Organization,
  sources: readonly Source[] = [],
  {
    desks = [],
    abonnementen = [],
    sandbox = false,
  }: Partial<Pick<Participant, 'desks' | 'abonnementen' | 'sandbox'>> = {},
): Participant {
  const [publicPort, internalPort, tlsPort] = [firstPort, firstPort + 1, firstPort + 2]
  return { name, organization, desks, abonnementen, publicPort, internalPort, tlsPort, sources, sandbox }
}

/** A register of a participant: made-up records, see `region-records.ts`, and what `seed` has beside them. */
function register(name: RegisterName, schema: Source['schema'], seed?: string): Source {
  return { name, kind: 'register', schema, pack: name, ...(seed === undefined ? {} : { seed }) }
}

const bemiddelingsregister = register('bemiddelingsregister', 'bemiddelingsregister-1')
const leveringsregister = register('leveringsregister', 'leveringsregister-1')
const toewijzingsregister = register('toewijzingsregister', 'toewijzingsregister-1')
const eigenbijdrageregister = register('eigenbijdrageregister', 'eigenbijdrageregister-1')
const indicatieregister = register(
  'indicatieregister',
  'indicatieregister-2',
  packageFile('scripts', 'demo', 'seed', 'indicatieregister.json'),
)

/** The participants, each with three ports of its own. To add one: a line here. */
export const participants: readonly Participant[] = [
  participant(stelselbeheerderName, 7190, {
    name: 'Stelselbeheerder Voorbeeldregio',
    city: 'Voorbeeldstad',
    id: '00000099000000001000',
    id_type: 'oin',
    role: 'stelselbeheerder',
  }),
  participant('ciz', 7100, { name: 'CIZ', city: 'Utrecht', id: '62253778', id_type: 'kvk', role: 'ciz' }, [
    indicatieregister,
  ]),
  participant(
    'zorgkantoor-noord',
    7110,
    {
      name: 'Zorgkantoor Noord',
      city: 'Noordstad',
      id: '5999',
      id_type: 'uzovi',
      role: 'zorgkantoor',
    },
    [bemiddelingsregister],
  ),
  participant(
    'zorgkantoor-zuid',
    7120,
    {
      name: 'Zorgkantoor Zuid',
      city: 'Zuidstad',
      id: '5998',
      id_type: 'uzovi',
      role: 'zorgkantoor',
    },
    [bemiddelingsregister],
  ),
  participant(
    'zorgaanbieder',
    7130,
    {
      name: 'Zorgaanbieder De Proeftuin',
      city: 'Voorbeeldstad',
      id: '06999901',
      id_type: 'agb',
      role: 'zorgaanbieder',
    },
    [leveringsregister],
  ),
  participant(
    'zorgaanbieder-zuid',
    7140,
    {
      name: 'Zorgaanbieder De Werkplaats',
      city: 'Zuidstad',
      id: '06999902',
      id_type: 'agb',
      role: 'zorgaanbieder',
    },
    [leveringsregister],
  ),
  participant(
    'gemeente-noord',
    7150,
    {
      name: 'Gemeente Noordstad',
      city: 'Noordstad',
      id: '9998',
      id_type: 'gemeentecode',
      role: 'gemeente',
    },
    [toewijzingsregister],
    {
      desks: ['gemeente-wmo'],
      abonnementen: [
        {
          bronhouder: 'ciz',
          eventType: 'NIEUWE_INDICATIE_GEMEENTE',
          doel: 'WMO_UITVOERING',
          zaken: 'toewijzingsregister',
        },
      ],
    },
  ),
  participant(
    'gemeente-zuid',
    7160,
    {
      name: 'Gemeente Zuidstad',
      city: 'Zuidstad',
      id: '9997',
      id_type: 'gemeentecode',
      role: 'gemeente',
    },
    [toewijzingsregister],
    { desks: ['gemeente-wmo'] },
  ),
  participant(
    'huisarts',
    7170,
    {
      name: 'Huisartsenpraktijk Het Voorbeeld',
      city: 'Voorbeeldstad',
      id: '01999901',
      id_type: 'agb',
      role: 'huisarts',
    },
    // In front of the FHIR server of the practice: `own-systems.ts`.
    [{ name: 'patientsamenvatting', kind: 'fhir', schema: 'fhir-r4', pack: 'patientsamenvatting' }],
  ),
  participant(
    'cak',
    7180,
    { name: 'CAK', city: 'Den Haag', id: '90000401', id_type: 'kvk', role: 'cak' },
    [eigenbijdrageregister],
    {
      abonnementen: [{ bronhouder: 'ciz', eventType: 'NIEUWE_INDICATIE_CAK', doel: 'EIGEN_BIJDRAGE' }],
      // What a gemeente may know of contributions for the Wlz waits for a change of law; everybody here is made up.
      sandbox: true,
    },
  ),
]
