import type { DataCatalogue, KeptList } from '../../schemas/catalogue.js'
import type { DescribedSource } from './build-document.js'
import type { DiscoveryDefinition } from './definition.js'

/** The standard that a discovery list follows: how it is asked, and what its entries are. */
export const discoveryStandard = 'https://nuts-foundation.gitbook.io/drafts/rfc/rfc022-discovery-service'

/**
 * A discovery list as the catalogue of who keeps it describes it: made of its definition, which is also its rules, so that
 * nothing about it is written twice. Names and texts of a definition count as Dutch.
 *
 * Says that no persons are in it: who is listed is an organisation, as everything in this network is that signs. What an
 * organisation writes about itself in its listing is not looked at.
 * @param options.schema describes the list to programs
 */
export function describeList(options: {
  readonly definition: DiscoveryDefinition
  readonly kept: KeptList
  /** Where it is read. */
  readonly endpointURL: string
  readonly schema: DescribedSource['schema']
}): DescribedSource {
  const { definition, kept, endpointURL, schema } = options
  return {
    key: definition.id,
    endpointURL,
    protocol: discoveryStandard,
    schema,
    rules: { text: definition.text, mediaType: 'application/json' },
    // Everybody may read it, for what it is there for.
    purposes: Object.keys(kept.purposes)
      .sort()
      .map((code) => ({ code, roles: [] })),
    about: aboutList(definition, kept),
    grondslag: kept.grondslag,
    events: [],
  }
}

function aboutList({ id, presentation }: DiscoveryDefinition, kept: KeptList): DataCatalogue {
  const { name, purpose } = presentation.data
  return {
    title: { nl: name ?? `Deelnemerslijst ${id}` },
    description: {
      nl: purpose ?? `Wie zich bij de discovery-dienst ${id} heeft aangemeld, met wat de definitie daarvan vraagt.`,
    },
    theme: kept.theme,
    keywords: { nl: ['deelnemerslijst', 'discovery', id] },
    legislation: kept.legislation,
    legalBasis: kept.legalBasis,
    purposes: kept.purposes,
    subjectSelector: 'no-persons',
    // Whoever is listed or leaves is so at once.
    frequency: 'CONT',
    accessRights: 'PUBLIC',
    model: discoveryStandard,
  }
}
