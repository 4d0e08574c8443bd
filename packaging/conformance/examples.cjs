// Prints each of JSON Forms' examples as one line of JSON: its name, schema and data.
const { getExamples } = require('@jsonforms/examples');
for (const { name, schema, data } of getExamples()) {
  if (schema !== undefined) process.stdout.write(JSON.stringify({ name, schema, data }) + '\n');
}
