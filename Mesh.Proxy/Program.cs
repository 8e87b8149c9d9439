using Mesh.Proxy;

await GatewayHost.Build(args).RunAsync();
