#pragma once
// A folder that stands for a cgroup tree: the kernel's files are plain files in it.

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace es::cgroup {

struct Folder {
  Folder() {
    char name[] = "/tmp/edgeswarm-cgroup-XXXXXX";
    path = mkdtemp(name);
  }
  ~Folder() { std::filesystem::remove_all(path); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  void write(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories(std::filesystem::path(path + "/" + name).parent_path());
    std::ofstream(path + "/" + name) << text;
  }
  std::string read(const std::string& name) const {
    std::stringstream text;
    text << std::ifstream(path + "/" + name).rdbuf();
    return text.str();
  }

  std::string path;
};

}  // namespace es::cgroup
