using Mesh.Cli.Running;

return await CommandLine.RunAsync(ProgramName.Current, args);
