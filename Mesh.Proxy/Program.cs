using Mesh.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);
builder.AddMeshDefaults("gateway", 7480);
var app = builder.Build();
app.MapMeshDefaults();
app.Run();
