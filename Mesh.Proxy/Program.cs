using Mesh.Proxy;

GatewayHost.PreferInlineCompletions();
await GatewayHost.Build(args).RunAsync();
