using Mesh.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);
builder.AddMeshDefaults("controlplane", 7410);
var app = builder.Build();
app.MapMeshDefaults();
app.Run();
