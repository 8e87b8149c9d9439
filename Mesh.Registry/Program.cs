using Mesh.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);
builder.AddMeshDefaults("registry", 7400);
var app = builder.Build();
app.MapMeshDefaults();
app.Run();
