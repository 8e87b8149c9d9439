using Mesh.Proxy;
using Mesh.ServiceDefaults.Programs;

GatewayHost.PreferInlineCompletions();
return await MeshProgram.RunAsync(() => GatewayHost.Build(args).RunAsync());
