"""The library of model contracts: from an uploaded document to the template that contracts are made of."""
