import { dspContext, type DspCatalog, type DspDataset } from '../../schemas/wire/dsp.js'
import type { Catalogue, CatalogueDataset, CataloguePermission } from './catalogue.js'
import type { Texts } from './graph.js'
import { properties as p } from './vocabulary.js'

const context: DspCatalog['@context'] = [dspContext]
/** What connectors call a transfer in which the consumer fetches. */
const pullFormat = 'HttpData-PULL'

/**
 * A catalogue, or the datasets `shown` of it, as other connectors read it: the same datasets and offers under the same names.
 *
 * A derived view: one document cannot be this and DCAT-AP-NL, because here a service is where connectors negotiate and there
 * it is where the data are. Left operands are whole IRIs, because the context of the protocol has no terms for them.
 * @param endpointUrl where this party speaks the protocol
 * @see Dataspace Protocol 2025-1, Catalog
 */
export function viewCatalog(
  catalogue: Catalogue,
  endpointUrl: string,
  shown: readonly CatalogueDataset[] = catalogue.datasets,
): DspCatalog {
  return {
    '@context': context,
    '@id': catalogue.id,
    '@type': 'Catalog',
    participantId: catalogue.publisher.did,
    'dct:title': textsOf(catalogue.title),
    service: [{ '@id': serviceOf(catalogue), '@type': 'DataService', endpointURL: endpointUrl }],
    // The schema refuses an empty list.
    ...(shown.length === 0 ? {} : { dataset: shown.map((dataset) => viewEntry(dataset, catalogue)) }),
  }
}

/** One dataset by itself. */
export function viewDataset(catalogue: Catalogue, dataset: CatalogueDataset) {
  return { '@context': context, ...viewEntry(dataset, catalogue) }
}

function viewEntry(dataset: CatalogueDataset, catalogue: Catalogue): DspDataset {
  return {
    '@id': dataset.id,
    '@type': 'Dataset',
    'dct:title': textsOf(dataset.title),
    'dct:description': textsOf(dataset.description),
    'dct:conformsTo': dataset.conformsTo.map((id) => ({ '@id': id })),
    // Whoever asks by such an offer asks the same as by the canonical one: it is named and limited alike.
    hasPolicy: dataset.policies.map(({ id, permissions }) => ({
      '@id': id,
      '@type': 'Offer',
      permission: permissions.map(viewPermission),
    })),
    distribution: [{ '@type': 'Distribution', format: pullFormat, accessService: serviceOf(catalogue) }],
  }
}

function viewPermission({
  purposes,
  roles,
}: CataloguePermission): DspDataset['hasPolicy'][number]['permission'][number] {
  const constraint = (leftOperand: string, rightOperand: readonly string[]) =>
    rightOperand.length === 0 ? [] : [{ leftOperand, operator: 'isAnyOf' as const, rightOperand: [...rightOperand] }]
  return {
    action: 'use',
    constraint: [...constraint(p.purposeOperand, purposes), ...constraint(p.recipientRole, roles)],
  }
}

/** The connector of the party, which is no service of the canonical document. */
function serviceOf({ id }: Catalogue): string {
  return `${id}#dsp`
}

function textsOf(texts: Texts): readonly object[] {
  return Object.entries(texts).map(([language, text]) => ({
    '@value': text,
    ...(language === '' ? {} : { '@language': language }),
  }))
}
