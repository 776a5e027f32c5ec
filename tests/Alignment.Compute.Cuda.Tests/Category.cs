// What runs on a device where there is one: dotnet test --filter Category=Cuda.
[assembly: AssemblyTrait("Category", "Cuda")]
