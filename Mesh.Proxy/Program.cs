using Mesh.Proxy;
using Mesh.ServiceDefaults.Programs;

GatewayHost.PreferInlineCompletions();
return await MeshProgram.Run(() => GatewayHost.Build(args).RunAsync());
