using Mesh.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);
builder.AddMeshDefaults("worker", 7420);
var app = builder.Build();
app.MapMeshDefaults();
app.Run();
