// Loads a TID 1500 report with Cornerstone's adapters, as OHIF does, and prints the annotations.
//
// npm install @cornerstonejs/adapters@5.14.0 dcmjs@0.52.0 @babel/runtime
// node read_in_cornerstone.mjs FILE     (from the folder with node_modules)
import fs from 'fs';
import { createRequire } from 'module';
import path from 'path';
import { pathToFileURL } from 'url';

const here = createRequire(path.join(process.cwd(), 'package.json'));
const load = async name => import(pathToFileURL(here.resolve(name)).href);
const { metaData } = await load('@cornerstonejs/core');
const { adaptersSR } = await load('@cornerstonejs/adapters');
const dcmjs = (await load('dcmjs')).default;

const file = fs.readFileSync(process.argv[2]);
const bytes = file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength);
const dataset = dcmjs.data.DicomMetaDictionary.naturalizeDataset(
  dcmjs.data.DicomMessage.readFile(bytes).dict
);
const images = {};
for (const study of [dataset.CurrentRequestedProcedureEvidenceSequence].flat()) {
  for (const series of [study.ReferencedSeriesSequence].flat()) {
    for (const { ReferencedSOPInstanceUID: uid } of [series.ReferencedSOPSequence].flat()) {
      images[uid] = uid;
      for (let frame = 1; frame <= 999; frame++) images[`${uid}:${frame}`] = `${uid}:${frame}`;
    }
  }
}
// One millimetre a pixel, so that a place in the world is a pixel.
const plane = {
  frameOfReferenceUID: '1.2', imagePositionPatient: [0, 0, 0],
  rowCosines: [1, 0, 0], columnCosines: [0, 1, 0], rowPixelSpacing: 1, columnPixelSpacing: 1,
};
const metadata = { get: type => (type === 'imagePlaneModule' ? plane : undefined) };
metaData.addProvider(metadata.get, 1000);
const found = adaptersSR.Cornerstone3D.MeasurementReport.generateToolState(dataset, images, metadata);
for (const [tool, annotations] of Object.entries(found)) {
  console.log(`${tool}: ${annotations.length}`);
  for (const { annotation } of annotations) {
    const points = annotation.data.handles.points.map(([x, y]) => `(${x.toFixed(3)}, ${y.toFixed(3)})`);
    console.log(`  ${annotation.data.label}: ${points.join(' ')} on ${annotation.metadata.referencedImageId}`);
  }
}
