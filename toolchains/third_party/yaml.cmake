# yaml-cpp 0.8.
tp_folder(yaml yaml)
file(GLOB yaml_sources ${yaml}/src/*.cpp)
tp_library(yaml
  SOURCES ${yaml_sources} INCLUDE ${yaml}/include PRIVATE_INCLUDE ${yaml}/src
  PUBLIC_DEFINES YAML_CPP_STATIC_DEFINE)
set_target_properties(tp_yaml PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 0) # in a tenth of the time
